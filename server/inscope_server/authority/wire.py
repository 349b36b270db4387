"""What goes between the server and an authority in a process of its own: JSON over HTTP, under a shared secret."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from inscope_protocol.types import ConsentId, Nonce

from ..key_file import open_key

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


def shared_secret(path: Path) -> bytes:
    """The 32 bytes in this file, made first if there is none: the authority and the server's processes hold them."""
    return open_key(path, "aut", "authority_secret_file")[1]
