"""Who asks together is answered together, and by nothing older than the question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from inscope_server.accounts.shared_reads import MOST, SharedReads
from inscope_server.observing.spans import current, within


class Traced:
    """A span that shares what it does with nobody else."""

    recorded = True

    def __init__(self, trace: str) -> None:
        self.trace = trace

    def shared_by(self, others: Sequence[Traced]) -> Traced:
        assert others == []
        return self


class Table:
    """What is read, as of when the read begins; a read lasts until `go_on` is called."""

    def __init__(self) -> None:
        self.rows, self.reads, self.fails = {"a": 1}, list[list[str]](), False
        self.lasting: list[asyncio.Event] = []
        self.spans: list[Any] = []

    async def read(self, keys: Sequence[str]) -> dict[str, int]:
        self.reads.append(list(keys))
        self.spans.append(current())
        found, over = dict(self.rows), asyncio.Event()
        self.lasting.append(over)
        await over.wait()
        if self.fails:
            raise ValueError("no database")
        return found

    async def go_on(self) -> None:
        while not self.lasting:
            await asyncio.sleep(0)
        self.lasting.pop(0).set()


async def asked(shared: SharedReads[str, int], *keys: str) -> list[asyncio.Task[int | None]]:
    """Questions that have been put."""
    tasks = [asyncio.create_task(shared.ask(key)) for key in keys]
    await asyncio.sleep(0.01)
    return tasks


async def test_who_asks_during_a_read_shares_the_next_one() -> None:
    table = Table()
    shared = SharedReads(table.read)
    first = await asked(shared, "a")
    others = await asked(shared, "a", "b", "a", "c")
    await table.go_on()
    await table.go_on()
    assert await asyncio.gather(*first, *others) == [1, 1, None, 1, None]
    assert table.reads == [["a"], ["a", "b", "c"]]


async def test_an_answer_is_no_older_than_its_question() -> None:
    table = Table()
    shared = SharedReads(table.read)
    before = await asked(shared, "a")
    del table.rows["a"]
    after = await asked(shared, "a")
    await table.go_on()
    await table.go_on()
    assert await asyncio.gather(*before, *after) == [1, None]


async def test_a_failed_read_fails_who_asked_and_nobody_later() -> None:
    table = Table()
    shared, table.fails = SharedReads(table.read), True
    lost = await asked(shared, "a", "b")
    await table.go_on()
    assert all(isinstance(error, ValueError) for error in await asyncio.gather(*lost, return_exceptions=True))
    table.fails = False
    later = await asked(shared, "a")
    await table.go_on()
    assert await asyncio.gather(*later) == [1]


async def test_who_goes_away_takes_nobody_along() -> None:
    table = Table()
    shared = SharedReads(table.read)
    gone, stays = await asked(shared, "a", "a")
    gone.cancel()
    await table.go_on()
    assert await stays == 1
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_read_is_of_those_who_asked_for_it() -> None:
    table, spans = Table(), [Traced("first"), Traced("second")]
    shared = SharedReads(table.read)
    with within(spans[0]):  # type: ignore[arg-type]
        first = await asked(shared, "a")
    with within(spans[1]):  # type: ignore[arg-type]
        second = await asked(shared, "b")
    others = await asked(shared, "c")
    await table.go_on()
    await table.go_on()
    await asyncio.gather(*first, *second, *others)
    assert table.spans == spans


async def test_a_crowd_is_read_in_parts() -> None:
    table = Table()
    shared = SharedReads(table.read)
    crowd = await asked(shared, *(f"{number}" for number in range(2 * MOST + 1)))
    for _ in range(3):
        await table.go_on()
    await asyncio.gather(*crowd)
    assert [len(keys) for keys in table.reads] == [MOST, MOST, 1]
