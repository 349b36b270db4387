"""FHIR's dateTimes as the ends of a period: never wider than what was said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inscope_server.fhir.times import LAST, bounds, instant, period


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


@given(st.integers(0, LAST))
def test_what_is_written_is_read(moment: int) -> None:
    read = bounds(instant(moment))
    assert read is not None and (read.first, read.until, read.zoned) == (moment, moment + 1, True)


@given(st.integers(0, LAST - 1), st.integers(1, 10**12))
def test_a_period_comes_back(start: int, length: int) -> None:
    until = min(start + length, LAST + 1)
    written = period(start, until)
    first, last = bounds(written["start"]), bounds(written["end"])
    assert first is not None and last is not None and (first.first, last.until) == (start, until)


CASES = [
    ("2024-03-01T10:00:00Z", at("2024-03-01T10:00:00+00:00"), at("2024-03-01T10:00:01+00:00")),
    ("2024-03-01T10:00:00.5+10:00", at("2024-03-01T00:00:00.500+00:00"), at("2024-03-01T00:00:00.600+00:00")),
    ("2024-03-01T10:00:00.0001Z", at("2024-03-01T10:00:00.001+00:00"), at("2024-03-01T10:00:00+00:00")),
    ("2024-03-01", at("2024-03-01T00:00:00-12:00"), at("2024-03-02T00:00:00+14:00")),
    ("2024-02", at("2024-02-01T00:00:00-12:00"), at("2024-03-01T00:00:00+14:00")),
    ("2024", at("2024-01-01T00:00:00-12:00"), at("2025-01-01T00:00:00+14:00")),
]


@pytest.mark.parametrize(("text", "first", "until"), CASES, ids=[case[0] for case in CASES])
def test_each_precision(text: str, first: int, until: int) -> None:
    read = bounds(text)
    assert read is not None and (read.first, read.until) == (first, until)
    assert read.zoned == ("T" in text)


def test_the_last_year_can_be_read() -> None:
    assert bounds("9999") is not None and bounds("9999-12-31") is not None


@pytest.mark.parametrize(
    "text",
    ["", "24", "2024-13", "2024-02-30", "2024-03-01T10:00", "2024-03-01T10:00:00", "2024-03-01T25:00:00Z", "0000",
     "2024-03-01T10:00:00+15:00", "2024-03T10:00:00Z", "２０２４", "2024-03-01T10:00:60Z", None, 2024, "2024\n"],
)  # fmt: skip
def test_what_is_no_date_time(text: object) -> None:
    assert bounds(text) is None
