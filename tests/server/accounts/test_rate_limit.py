"""The token bucket."""

from __future__ import annotations

import pytest

from inscope_server.clock import Clock
from inscope_server.errors import Refusal
from inscope_server.web.rate_limit import MAX_KEYS, RateLimit


class Time:
    def __init__(self) -> None:
        self.now = 0

    def limit(self, per_minute: int, burst: int) -> RateLimit:
        return RateLimit(Clock(now=lambda: self.now), per_minute, burst)


def taken(limit: RateLimit, key: str, tries: int) -> int:
    count = 0
    for _ in range(tries):
        try:
            limit.take(key)
        except Refusal:
            continue
        count += 1
    return count


def test_a_burst_then_a_rate_for_each_key() -> None:
    time = Time()
    limit = time.limit(per_minute=60, burst=5)
    assert taken(limit, "a", 10) == 5
    assert taken(limit, "b", 10) == 5
    time.now = 2_000
    assert taken(limit, "a", 10) == 2
    time.now = 10_000_000
    assert taken(limit, "a", 10) == 5


def test_a_clock_that_goes_back_gives_nothing() -> None:
    time = Time()
    time.now = 60_000
    limit = time.limit(per_minute=60, burst=1)
    limit.take("a")
    time.now = 0
    assert taken(limit, "a", 3) == 0


def test_checking_uses_nothing() -> None:
    limit = Time().limit(per_minute=1, burst=1)
    for _ in range(3):
        limit.check("a")
    limit.take("a")
    with pytest.raises(Refusal):
        limit.check("a")


def test_what_is_given_back_can_be_taken_again_and_is_never_more_than_the_burst() -> None:
    limit = Time().limit(per_minute=1, burst=2)
    assert taken(limit, "a", 2) == 2
    limit.give_back("a")
    assert taken(limit, "a", 2) == 1
    for _ in range(5):
        limit.give_back("a")
    assert taken(limit, "a", 5) == 2


def test_memory_is_bounded_and_a_busy_key_is_not_forgotten() -> None:
    time = Time()
    limit = time.limit(per_minute=1, burst=1)
    limit.take("busy")
    for number in range(MAX_KEYS - 1):
        limit.check(f"idle {number}")
    limit.check("one more")
    assert len(limit._buckets) <= 3
    assert taken(limit, "busy", 1) == 0
