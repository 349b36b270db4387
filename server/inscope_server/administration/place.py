"""Where a page of people or of denials ends, as a client hands it back: one string without spaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from inscope_protocol.types import PersonId

from ..accounts.service import PARTS, StaffMember, StaffPlace
from ..audit.service import Denial
from ..errors import Refusal

T = TypeVar("T")


def staff_place(one: StaffMember) -> str:
    until = one.attestation.valid_until if one.attestation and one.part == "soon" else 0
    return f"{one.part}.{until}.{one.person}"


def denial_place(denial: Denial) -> str:
    return f"{denial.at}.{denial.seq}"


def read_staff_place(text: str) -> StaffPlace:
    """Raises `malformed` for what no page has said."""
    return _read(text, _staff_place)


def read_denial_place(text: str) -> tuple[int, int]:
    """(at, seq). Raises `malformed` for what no page has said."""
    return _read(text, _denial_place)


def _read(text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except (ValueError, msgspec.ValidationError) as error:
        raise Refusal("malformed", "`after` is what `next` of the page before said.") from error


def _staff_place(text: str) -> StaffPlace:
    said, until, person = text.split(".")
    part = next((part for part in PARTS if part == said), None)
    if part is None:
        raise ValueError("no part of the list")
    return StaffPlace(part, _number(until), msgspec.convert(person, PersonId))


def _denial_place(text: str) -> tuple[int, int]:
    at, seq = text.split(".")
    return _number(at), _number(seq)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        raise ValueError("no number")
    return int(text)
