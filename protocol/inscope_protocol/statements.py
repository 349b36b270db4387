"""Signed statements: DSSE envelopes over payloads in the one spelling (SPEC S3; DSSE protocol v1.0.2)."""

import json
from typing import Any

import msgspec
from msgspec import Struct
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from . import labels
from .encoding import decode_base64url, encode_base64url, labelled_hash
from .failures import ProtocolError
from .types import MAX_PAYLOAD, Payload, Strict, decode_payload, encode_payload

MAX_ENVELOPE = 2 * MAX_PAYLOAD


class Signature(Strict, frozen=True):
    keyid: str
    sig: str


class Envelope(Strict, frozen=True):
    """S3.1. `payload` and `sig` are base64url; build one from outside with `parse_envelope` only."""

    payload: str
    payloadType: str
    signatures: tuple[Signature]

    @property
    def payload_bytes(self) -> bytes:
        return decode_base64url(self.payload)


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """DSSE's PAE (S3.1): the bytes that are signed."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(name: str, payload: Struct, signer_id: str, signing_key_seed: bytes) -> Envelope:
    """`payload` as a statement `name`, signed with the Ed25519 key of a 32-byte seed.

    Fails as `decode_payload` does for what no reader would take.
    """
    data = encode_payload(payload)
    decode_payload(name, data)
    kind = labels.payload_type(name)
    signature = SigningKey(signing_key_seed).sign(pre_authentication_encoding(kind, data)).signature
    return Envelope(encode_base64url(data), kind, (Signature(signer_id, encode_base64url(signature)),))


def envelope_object(envelope: Envelope) -> dict[str, Any]:
    """The JSON object of an envelope, as it travels."""
    [signature] = envelope.signatures
    return {
        "payload": envelope.payload,
        "payloadType": envelope.payloadType,
        "signatures": [{"keyid": signature.keyid, "sig": signature.sig}],
    }


def parse_envelope(source: object) -> Envelope:
    """An envelope of bytes, or of a parsed JSON value (S3.1). Fails with `malformed`."""
    value = _load(source) if isinstance(source, bytes) else source
    try:
        envelope = msgspec.convert(value, Envelope)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError) as error:
        raise _malformed() from error
    decode_base64url(envelope.signatures[0].sig, 64)
    if len(envelope.payload_bytes) > MAX_PAYLOAD:
        raise _malformed()
    return envelope


def verify(envelope: Envelope | object, name: str, signer_id: str, public_key: bytes) -> Payload:
    """The payload of a statement `name` by `signer_id`, checked in the order of S3.4.

    Fails with `malformed`, `wrong_type`, `wrong_signer`, `bad_signature`, `not_canonical` or `malformed`.
    """
    envelope = parse_envelope(envelope_object(envelope) if isinstance(envelope, Envelope) else envelope)
    if envelope.payloadType != labels.payload_type(name):
        raise ProtocolError("wrong_type", layer="signature")
    if envelope.signatures[0].keyid != signer_id:
        raise ProtocolError("wrong_signer", layer="signature")
    _check_signature(envelope, public_key)
    return decode_payload(name, envelope.payload_bytes)


def statement_hash(envelope: Envelope) -> bytes:
    """S3.3: 32 bytes, the same however the envelope and its signature are spelled."""
    return labelled_hash(labels.STATEMENT, pre_authentication_encoding(envelope.payloadType, envelope.payload_bytes))


def _check_signature(envelope: Envelope, public_key: bytes) -> None:
    signed = pre_authentication_encoding(envelope.payloadType, envelope.payload_bytes)
    try:
        VerifyKey(public_key).verify(signed, decode_base64url(envelope.signatures[0].sig))
    except (CryptoError, ValueError) as error:
        raise ProtocolError("bad_signature", layer="signature") from error


def _load(data: bytes) -> object:
    if len(data) > MAX_ENVELOPE:
        raise _malformed()
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise _malformed() from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _malformed()
    return dict(pairs)


def _malformed() -> ProtocolError:
    return ProtocolError("malformed", "This is not a signed statement.", layer="signature")
