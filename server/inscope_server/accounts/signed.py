"""Reading an envelope that names its own signer: who claims to speak, before anything is believed."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from inscope_protocol.failures import ProtocolError
from inscope_protocol.identifiers import Prefix, is_identifier
from inscope_protocol.statements import Envelope, parse_envelope, verify
from inscope_protocol.types import decode_payload

T = TypeVar("T")


def claimed_signer(envelope: object, kind: Prefix) -> tuple[Envelope, str]:
    """The parsed envelope and its `keyid`. Fails with `malformed`, or `wrong_signer` for what is no id of this kind."""
    parsed = parse_envelope(envelope)
    signer = parsed.signatures[0].keyid
    if not is_identifier(kind, signer):
        raise ProtocolError("wrong_signer")
    return parsed, signer


def claimed_payload(envelope: Envelope, name: str, kind: type[T]) -> T:
    """The payload before its signature is checked, for the one statement that carries its own key."""
    return narrow(decode_payload(name, envelope.payload_bytes), kind)


def verified(envelope: Envelope, name: str, kind: type[T], signer: str, key: bytes) -> T:
    """S3.4, with the type that goes with `name`."""
    return narrow(verify(envelope, name, signer, key), kind)


def narrow(payload: object, kind: type[T]) -> T:
    if not isinstance(payload, kind):
        raise TypeError(f"a statement of another type than {kind.__name__}")
    return payload


def stored(envelope: Envelope) -> str:
    """An envelope as it is kept and handed on."""
    return msgspec.json.encode(envelope).decode()


def handed_on(envelope: str) -> Any:
    """A kept envelope as it goes into an answer."""
    return json.loads(envelope)
