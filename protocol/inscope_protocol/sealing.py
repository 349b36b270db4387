"""Sealing an image: its key, bucket, padding, commitments, the hashes of its parts (SPEC S7.2, S7.3, S7.6).

Opening is in `opening`, which the server never imports.
"""

from collections.abc import Iterable, Iterator

from nacl import bindings

from . import labels
from .encoding import labelled_hash, labelled_mac
from .failures import ProtocolError
from .types import BLOB_PART_BYTES

HEADER_BYTES = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
CHUNK_OVERHEAD = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
TAG_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
TAG_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
CHUNK_BYTES = 65_536
BUCKETS = tuple(
    sorted([CHUNK_BYTES << step for step in range(11)] + [CHUNK_BYTES * 3 // 2 << step for step in range(10)])
)


def image_key(client_half: bytes, server_half: bytes, disclosure: str, thread: str, image: str) -> bytes:
    """The 32-byte key of one image in one thread, of two halves of 32 bytes (S7.2)."""
    if len(client_half) != 32 or len(server_half) != 32:
        raise ProtocolError("malformed", "A key half has another length.", layer="seal")
    bound_to = (disclosure.encode(), thread.encode(), image.encode())
    return labelled_mac(client_half + server_half, labels.IMAGE_KEY, *bound_to)


def key_commitment(key: bytes) -> bytes:
    """32 bytes that tie a sealed image to one key."""
    return labelled_mac(key, labels.KEY_COMMITMENT)


def plaintext_commitment(key: bytes, plaintext: bytes) -> bytes:
    """32 bytes that tie a sealed image to one plaintext."""
    return labelled_mac(key, labels.PLAINTEXT_COMMITMENT, plaintext)


def bucket(size: int) -> int:
    """The smallest bucket larger than `size` plaintext bytes. Fails with `too_large`."""
    for each in BUCKETS:
        if each > size:
            return each
    raise ProtocolError("too_large", layer="seal")


def sealed_size(size: int) -> int:
    """The length of the sealed form of `size` plaintext bytes. Fails with `too_large`."""
    padded = bucket(size)
    return HEADER_BYTES + padded + CHUNK_OVERHEAD * -(-padded // CHUNK_BYTES)


def pad(plaintext: bytes) -> bytes:
    """The plaintext padded to its bucket (ISO/IEC 7816-4). Fails with `too_large`."""
    return (plaintext + b"\x80").ljust(bucket(len(plaintext)), b"\0")


def seal(key: bytes, disclosure: str, plaintext: bytes, header: bytes) -> bytes:
    """The sealed form (S7.3). `header`: 24 fresh random bytes, never the same twice under one key."""
    padded = pad(plaintext)
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    # init_push would draw the header itself; init_pull makes the same state from a header that is given.
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
    sealed = [header]
    for start in range(0, len(padded), CHUNK_BYTES):
        tag = TAG_FINAL if start + CHUNK_BYTES >= len(padded) else TAG_MESSAGE
        chunk = padded[start : start + CHUNK_BYTES]
        sealed.append(bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, disclosure.encode(), tag))
    return b"".join(sealed)


def part_hash(part: bytes) -> bytes:
    """32 bytes of one part of a sealed image: 1 MiB, the last one shorter (S7.6)."""
    return labelled_hash(labels.BLOB_PART, part)


def blob_hash(part_hashes: Iterable[bytes]) -> bytes:
    """32 bytes over the hashes of all parts in order (S7.6)."""
    return labelled_hash(labels.BLOB, *part_hashes)


def blob_parts(sealed: bytes) -> Iterator[bytes]:
    """A sealed image in the parts that are uploaded (S7.6)."""
    for start in range(0, len(sealed), BLOB_PART_BYTES):
        yield sealed[start : start + BLOB_PART_BYTES]
