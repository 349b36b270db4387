"""Words of a route's description: what is no JSON of ours, and what is signed (protocol/openapi.json)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec


@dataclass(frozen=True)
class Media:
    """Bytes of these types, one of them; `headers`: those that such an answer has beside its bytes."""

    types: tuple[str, ...]
    headers: tuple[str, ...] = ()


PAGE, FORM, PDF = Media(("text/html",)), Media(("application/x-www-form-urlencoded",)), Media(("application/pdf",))
OCTETS, STYLE, NO_BODY = Media(("application/octet-stream",)), Media(("text/css",)), Media(())

Signed = Annotated[
    dict[str, Any], msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Envelope"}, description="DSSE (S3.1)")
]
"""A signed statement on its way in; whether it is one is looked at by who verifies it."""

SIGNED = ("not_canonical", "wrong_type", "wrong_signer", "bad_signature")
"""What a signed statement can be refused for, beside `malformed`."""


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer: nothing beyond what is written here."""


class Empty(Told, frozen=True):
    """What is asked for stands in the address; as an answer: it is done."""


class Reason(Told, frozen=True, omit_defaults=True):
    """Why not (S5.4): `who` is out of scope, of which `image`, at which `path` of what was sent."""

    code: str
    who: str | None = None
    remedy: str = ""
    image: str = ""
    path: str = ""


class Failure(Told, frozen=True):
    code: str
    message: str
    remedy: str
    reasons: list[Reason]


class Refused(Told, frozen=True):
    """S8: a code for programs, a sentence and a remedy for people."""

    error: Failure
