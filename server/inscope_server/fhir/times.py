"""Milliseconds and FHIR's dateTime, instant and Period. What is read is never wider than what was said.

A Period includes its end to the precision in which that is written (R4 and R5, Period.end); S1.1's intervals do not.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z: a FHIR year has four digits
DAY = 86_400_000
EAST, WEST = 14 * 3_600_000, 12 * 3_600_000

_DATE = r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
_TIME = r"T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)"
_WRITTEN = re.compile(rf"{_DATE}(?:{_TIME})?", re.ASCII)


class Bounds(NamedTuple):
    """`first`: from which millisecond on it is surely then; `until`: the millisecond from which it surely is past."""

    first: int
    until: int
    zoned: bool


def instant(at: int) -> str:
    """A time (S1.1) as FHIR writes it, in UTC; later than FHIR can write, its last millisecond."""
    said = EPOCH + timedelta(milliseconds=min(at, LAST))
    return said.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def period(valid_from: int, valid_until: int) -> dict[str, str]:
    return {"start": instant(valid_from), "end": instant(valid_until - 1)}


def bounds(text: object) -> Bounds | None:
    """A dateTime as it would begin and end a Period, or None for what is none.

    A date says no time zone: it begins where it begins last, and ends where it ends first.
    """
    written = _WRITTEN.fullmatch(text) if isinstance(text, str) and len(text) < 50 else None
    if written is None:
        return None
    try:
        return _bounds(*written.groups())
    except ValueError:
        return None


def _bounds(
    year: str, month: str | None, day: str | None, hour: str | None, minute: str | None, second: str | None,
    fraction: str | None, zone: str | None,
) -> Bounds:  # fmt: skip
    first = date(int(year), int(month or 1), int(day or 1))
    if hour is None or minute is None or second is None or zone is None:
        last = first if day else _last_day(first, whole_year=month is None)
        return Bounds(_midnight(first) + WEST, _midnight(last) + DAY - EAST, zoned=False)
    if day is None:
        raise ValueError("a time needs a day")
    clock = datetime(2000, 1, 1, int(hour), int(minute), int(second))
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    at = _midnight(first) + seconds * 1000 - _offset(zone)
    begins, ends = _fraction(fraction or "")
    return Bounds(at + begins, at + ends, zoned=True)


def _fraction(digits: str) -> tuple[int, int]:
    """Milliseconds into the second: the first one that is not before, and the first one that is after."""
    if len(digits) <= 3:
        floor, width = int(digits.ljust(3, "0")), 10 ** (3 - len(digits))
        return floor, floor + width
    floor = int(digits[:3])
    return floor + (int(digits[3:]) > 0), floor


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError("there is no such time zone")
    return (hours * 60 + minutes) * 60_000 * (-1 if zone[0] == "-" else 1)


def _midnight(day: date) -> int:
    return (day.toordinal() - EPOCH.toordinal()) * DAY


def _last_day(first: date, *, whole_year: bool) -> date:
    month = 12 if whole_year else first.month
    return date(first.year, month, calendar.monthrange(first.year, month)[1])
