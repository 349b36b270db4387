"""Where a page of emergencies ends, as a client hands it back: one string without spaces (API.md, "Reviews")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from inscope_protocol.types import ConsentId, OrganisationId

from ..errors import Refusal

PARTS = {"open": True, "reviewed": False}


@dataclass(frozen=True)
class Place:
    open: bool
    recorded_at: int
    consent: str
    organisation: str

    @classmethod
    def of(cls, row: Any) -> Place:
        return cls(row.open, row.recorded_at, row.consent, row.organisation)

    def __str__(self) -> str:
        part = "open" if self.open else "reviewed"
        return f"{part}.{self.recorded_at}.{self.consent}.{self.organisation}"


def read_place(text: str) -> Place:
    """Raises `malformed` for what no page has said."""
    part, at, consent, organisation = (*text.split("."), "", "", "", "")[:4]
    try:
        if not (part in PARTS and at.isascii() and at.isdigit() and len(at) < 17 and text.count(".") == 3):
            raise ValueError("not of this form")
        consent, organisation = msgspec.convert(consent, ConsentId), msgspec.convert(organisation, OrganisationId)
    except (ValueError, msgspec.ValidationError) as error:
        raise Refusal("malformed", "`after` is what `next` of the page before said.") from error
    return Place(PARTS[part], int(at), consent, organisation)
