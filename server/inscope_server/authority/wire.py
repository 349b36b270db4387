"""What goes between the server and an authority in a process of its own: JSON over HTTP, under a shared secret."""

from __future__ import annotations

from typing import Annotated

import msgspec

from inscope_protocol.types import ConsentId, Nonce

MOST_CONSENTS = 50


class StatusBody(msgspec.Struct, forbid_unknown_fields=True):
    nonce: Nonce
    consents: Annotated[list[ConsentId], msgspec.Meta(min_length=1, max_length=MOST_CONSENTS)]


class SignBody(msgspec.Struct, forbid_unknown_fields=True):
    """`payload`: the statement's bytes, base64url; `visit`: the secret of the patient's visit."""

    payload: str
    visit: str


def authorization(secret: bytes) -> str:
    """The header that the secret (32 bytes) makes."""
    return f"Bearer {secret.hex()}"
