"""Who administers an organisation's people, and how an attestation stands. Pure (SPEC S4.7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from inscope_protocol.types import Attestation

from ..errors import Refusal

ROLE = "administrator"
DAY = 86_400_000
SOON = 30 * DAY
"""So long before its end an attestation is said to run out."""
LOOKED_BACK = 30 * DAY
"""So far back denials are shown."""

Standing = Literal["none", "coming", "holds", "soon", "over"]


def administers(attestations: Collection[Attestation], home: str, now: int) -> bool:
    """Whether a person's own organisation attests them the role at this moment. Another's word makes nobody one."""
    own = [one for one in attestations if one.organisation == home]
    return any(ROLE in one.roles and one.valid_from <= now < one.valid_until for one in own)


def standing(attestation: Attestation | None, now: int) -> Standing:
    """Of a person's attestation by their own organisation."""
    if attestation is None:
        return "none"
    if attestation.valid_until <= now:
        return "over"
    if attestation.valid_until <= now + SOON:
        return "soon"
    return "coming" if now < attestation.valid_from else "holds"


@dataclass(frozen=True)
class DayOfDenials:
    """`day`: YYYY-MM-DD; `codes`: for each reason how many denials it was one of."""

    day: str
    denials: int
    codes: dict[str, int]


def by_day(denials: Iterable[tuple[str, Collection[str]]]) -> list[DayOfDenials]:
    """Of (day, codes) of each denial: the days that had some, in the order in which they first come."""
    counts: dict[str, int] = {}
    codes: dict[str, dict[str, int]] = {}
    for day, reasons in denials:
        counts[day] = counts.get(day, 0) + 1
        of_day = codes.setdefault(day, {})
        for code in reasons:
            of_day[code] = of_day.get(code, 0) + 1
    return [DayOfDenials(day, counts[day], codes[day]) for day in counts]


def check_name(sought: str) -> str:
    """What is looked for in names. Raises `malformed`."""
    if "\0" in sought or len(sought) > 100:
        raise Refusal("malformed", "Search for letters of a name.", "type_more")
    return sought.strip()
