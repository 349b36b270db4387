"""Opening a sealed image, or refusing it as `seal_broken` (SPEC S7.3). The server never imports this."""

import hmac
from typing import NamedTuple

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_state,
)
from nacl.exceptions import CryptoError

from .failures import ProtocolError
from .sealing import (
    BUCKETS,
    CHUNK_BYTES,
    CHUNK_OVERHEAD,
    HEADER_BYTES,
    TAG_FINAL,
    TAG_MESSAGE,
    key_commitment,
    pad,
    plaintext_commitment,
    sealed_size,
)


class Sealing(NamedTuple):
    """What the sealed form must be: `size` as in the manifest, commitments (32 bytes) as in the statement."""

    disclosure: str
    size: int
    key_commitment: bytes
    plaintext_commitment: bytes


def open_sealed(key: bytes, sealed: bytes, sealing: Sealing) -> bytes:
    """The plaintext. Fails with `seal_broken` for any other key, length, stream, padding or plaintext."""
    if not hmac.compare_digest(key_commitment(key), sealing.key_commitment):
        raise _broken()
    if not 0 <= sealing.size < BUCKETS[-1] or len(sealed) != sealed_size(sealing.size):
        raise _broken()
    padded = _decrypt(key, sealed, sealing.disclosure)
    plaintext = padded[: sealing.size]
    if pad(plaintext) != padded:
        raise _broken()
    if not hmac.compare_digest(plaintext_commitment(key, plaintext), sealing.plaintext_commitment):
        raise _broken()
    return plaintext


def _decrypt(key: bytes, sealed: bytes, disclosure: str) -> bytes:
    state = crypto_secretstream_xchacha20poly1305_state()
    crypto_secretstream_xchacha20poly1305_init_pull(state, sealed[:HEADER_BYTES], key)
    step = CHUNK_BYTES + CHUNK_OVERHEAD
    padded = []
    for start in range(HEADER_BYTES, len(sealed), step):
        expected = TAG_FINAL if start + step >= len(sealed) else TAG_MESSAGE
        try:
            chunk, tag = crypto_secretstream_xchacha20poly1305_pull(
                state, sealed[start : start + step], disclosure.encode()
            )
        except CryptoError as error:
            raise _broken() from error
        if tag != expected:
            raise _broken()
        padded.append(chunk)
    return b"".join(padded)


def _broken() -> ProtocolError:
    return ProtocolError("seal_broken", layer="seal")
