"""The package of a filing: what a clinician's device seals to a records gateway (SPEC S12.4, S12.5).

A document in JSON and the image's own bytes in one, so that neither comes without the other. The server never
imports this; the gateway's process alone opens it.
"""

import hashlib
import json
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from nacl import bindings
from nacl.exceptions import CryptoError

from .encoding import decode_base64url
from .failures import ProtocolError
from .sealing import pad
from .statements import Envelope, parse_envelope
from .types import (
    MAX_IMAGE_SIZE,
    Bytes32,
    FilingId,
    MessageId,
    PersonId,
    PixelSpacing,
    Strict,
    Text,
    Time,
)

LENGTH_BYTES = 4
MOST_DOCUMENT = 8 * 1024 * 1024


class Picture(Strict, frozen=True):
    """The manifest of S7.4, without what leads to the image's key."""

    size: Annotated[int, Meta(ge=1, le=MAX_IMAGE_SIZE)]
    media_type: str
    width: Annotated[int, Meta(ge=1, le=16384)]
    height: Annotated[int, Meta(ge=1, le=16384)]
    taken_at: Time | None
    body_site: Annotated[str, Meta(max_length=80)] | None
    laterality: str | None
    pixel_spacing: PixelSpacing | None


class Advice(Strict, frozen=True):
    """A message of the thread as the filing device shows it. `signed`: its author's own content statement, or None."""

    message: MessageId
    person: PersonId
    at: Time
    text: Text
    signed: Envelope | None


class CertifiedDevice(Strict, frozen=True):
    device: Envelope
    revoked_at: Time | None


class Described(Strict, frozen=True):
    """What organisations say of a person, and the certificates of their devices: all signed."""

    person: PersonId
    attestations: tuple[Envelope, ...]
    devices: tuple[CertifiedDevice, ...]


class FilingDocument(Strict, frozen=True):
    """`consents`: every version, oldest first; `record`: the full record that the newest commits to (S5.2)."""

    filing: FilingId
    image_key: Bytes32
    picture: Picture
    caption: Text
    disclosure: Envelope
    advice: tuple[Advice, ...]
    consents: tuple[Envelope, ...]
    record: Text
    people: tuple[Described, ...]


def join_package(document: bytes, image: bytes) -> bytes:
    """Document and image in one, padded to a bucket (S7.3). Fails with `too_large`."""
    return pad(len(document).to_bytes(LENGTH_BYTES, "big") + document + image)


def split_package(plain: bytes) -> tuple[bytes, bytes]:
    """Document and image. Fails with `seal_broken`."""
    whole = plain.rstrip(b"\0")
    length = int.from_bytes(whole[:LENGTH_BYTES], "big")
    if whole[-1:] != b"\x80" or pad(whole[:-1]) != plain or length > min(MOST_DOCUMENT, len(whole) - LENGTH_BYTES - 1):
        raise ProtocolError("seal_broken", layer="seal")
    return whole[LENGTH_BYTES : LENGTH_BYTES + length], whole[LENGTH_BYTES + length : -1]


def seal_package(sealing_key: bytes, plain: bytes, ephemeral: bytes) -> bytes:
    """libsodium's sealed box, with the secret key of the pair that it would draw: 32 fresh random bytes."""
    public = bindings.crypto_scalarmult_base(ephemeral)
    nonce = hashlib.blake2b(public + sealing_key, digest_size=24).digest()
    return public + bindings.crypto_box(plain, nonce, sealing_key, ephemeral)


def open_package(secret_key: bytes, sealed: bytes) -> tuple[bytes, bytes]:
    """Document and image. Fails with `seal_broken`."""
    public = bindings.crypto_scalarmult_base(secret_key)
    try:
        return split_package(bindings.crypto_box_seal_open(sealed, public, secret_key))
    except (CryptoError, ValueError) as error:
        raise ProtocolError("seal_broken", layer="seal") from error


def read_document(data: bytes) -> FilingDocument:
    """Nothing unknown, nothing missing, no key twice. Fails with `malformed`."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_without_doubles)
        document = msgspec.convert(value, FilingDocument)
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        raise ProtocolError("malformed") from error
    for envelope in _envelopes(document):
        parse_envelope(msgspec.to_builtins(envelope))
    if document.picture.media_type not in ("image/jpeg", "image/png", "image/webp"):
        raise ProtocolError("malformed")
    return document


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key appears twice")
    return dict(pairs)


def _envelopes(document: FilingDocument) -> list[Envelope]:
    people = [envelope for person in document.people for envelope in person.attestations]
    devices = [one.device for person in document.people for one in person.devices]
    advice = [one.signed for one in document.advice if one.signed is not None]
    return [document.disclosure, *document.consents, *people, *devices, *advice]


def image_key_of(document: FilingDocument) -> bytes:
    return decode_base64url(document.image_key, 32)
