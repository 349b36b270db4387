"""Entries that processes leave for each other where others may write too."""

from __future__ import annotations

import gc

import msgspec
import pytest
from msgspec import Raw

from inscope_server.clock import Clock
from inscope_server.errors import Refusal
from inscope_server.web.queue_entries import LARGEST, LIFETIME, QueueEntries, Told
from inscope_server.web.rate_limit import RateLimit
from inscope_server.web.shared_limits import SharedLimits
from world.running import Running

KEY = bytes(range(32))
SAID = [Told("changed", ["dev_a"], Raw(b'{"what":"consent","id":"con_a"}')), Told("device ended", ["dev_b"])]


class Processes:
    """Two of one server, at a time that is `now`."""

    def __init__(self) -> None:
        self.now = 1_000_000
        clock = Clock(now=lambda: self.now)
        self.here, self.there = QueueEntries(clock, KEY), QueueEntries(clock, KEY)


def test_what_one_says_the_other_takes_once() -> None:
    both = Processes()
    entry = both.there.made(SAID)
    assert both.here.read(entry) == SAID, "all of it, in its order"
    assert both.here.read(entry) == []
    assert both.there.read(entry) == [], "its own"


def test_what_is_changed_or_of_another_key_or_too_large_is_nothing() -> None:
    both = Processes()
    entry = both.there.made(SAID)
    for place in range(len(entry)):
        assert both.here.read(entry[:place] + bytes([entry[place] ^ 1]) + entry[place + 1 :]) == []
        assert both.here.read(entry[:place]) == []
    assert QueueEntries(Clock(), bytes(32)).read(entry) == []
    assert both.here.read(both.there.made([Told("entry", [], Raw(b" " * LARGEST))])) == []
    assert both.here.read(entry) == SAID


@pytest.mark.parametrize("later", [LIFETIME + 1, -LIFETIME - 1])
def test_what_is_too_old_or_of_a_clock_far_ahead_is_nothing(later: int) -> None:
    both = Processes()
    entry = both.there.made(SAID)
    both.now += later
    assert both.here.read(entry) == []
    both.now -= later
    assert both.here.read(entry) == SAID


def test_one_that_was_kept_back_is_missed_by_the_next() -> None:
    both = Processes()
    entries = [both.there.made(SAID) for _ in range(4)]
    assert both.here.read(entries[1]) == SAID
    assert not both.here.missed, "what was before the first is not known"
    assert both.here.read(entries[3]) == SAID
    assert both.here.missed
    assert both.here.read(entries[2]) == [], "nothing goes back"


def test_what_was_never_told_is_missed_too() -> None:
    both = Processes()
    both.here.read(both.there.made(SAID))
    both.there.lost()
    both.here.read(both.there.made(SAID))
    assert both.here.missed


async def test_a_limit_is_one_for_two_processes_and_for_each_while_nothing_is_told() -> None:
    told: list[Told] = []
    limits = [RateLimit(Clock(now=lambda: 1), per_minute=1, burst=4) for _ in range(2)]
    here = SharedLimits({"guesses": limits[0]}, told.append)
    there = SharedLimits({"guesses": limits[1]}, told.append)
    limits[0].take("a", "b")
    limits[0].take("a", "b")
    limits[0].give_back("a", "b")
    for one in told:
        await there.hear(msgspec.json.decode(msgspec.json.encode(one), type=Told))
    assert [_left(limit, "a", "b") for limit in limits] == [3, 3]
    assert _left(limits[1], "b") == 4
    await here.hear(Told("taken", [], Raw(b'{"limit":"of a newer release","key":["a"],"count":1}')))


def _left(limit: RateLimit, *key: str) -> int:
    for count in range(limit.burst + 1):
        try:
            limit.take(*key)
        except Refusal:
            return count
    raise AssertionError("no limit")


async def test_every_limit_of_a_server_is_shared(server: Running) -> None:
    """One that is forgotten would be multiplied by the number of processes."""
    shared = {id(limit) for limit in server.server.limits().values()}
    made = {id(one) for one in gc.get_objects() if isinstance(one, RateLimit) and one.clock is server.server.clock}
    assert made == shared
