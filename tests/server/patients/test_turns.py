"""Turns at something slow: whoever asks for much waits behind their own, and not before others."""

from __future__ import annotations

import asyncio

import pytest

from inscope_server.errors import Refusal
from inscope_server.patients.turns import Turns


class Desk:
    """`served`: whose turns ended, in order; each ends when `go` is given one."""

    def __init__(self, at_once: int, most: int = 10) -> None:
        self.turns, self.served, self.go = Turns(at_once, most), list[str](), asyncio.Semaphore(0)
        self.inside = self.most_inside = 0

    async def ask(self, whose: str) -> None:
        async with self.turns.of(whose):
            self.inside += 1
            self.most_inside = max(self.inside, self.most_inside)
            await self.go.acquire()
            self.inside -= 1
            self.served.append(whose)

    async def asked(self, *whose: str) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self.ask(one)) for one in whose]
        await asyncio.sleep(0)
        return tasks

    async def serve(self, tasks: list[asyncio.Task[None]]) -> list[str]:
        for _ in tasks:
            self.go.release()
        await asyncio.gather(*tasks, return_exceptions=True)
        return self.served


async def test_one_patient_comes_between_the_many_of_one_hospital() -> None:
    desk = Desk(at_once=1)
    tasks = await desk.asked(*["hospital"] * 8, "patient", "other patient")
    assert (await desk.serve(tasks))[:4] == ["hospital", "hospital", "patient", "other patient"]
    assert desk.most_inside == 1


async def test_as_many_as_are_let_in_are_inside_and_no_more() -> None:
    desk = Desk(at_once=3)
    await desk.serve(await desk.asked(*"abcdefg"))
    assert (desk.most_inside, sorted(desk.served)) == (3, list("abcdefg"))
    await desk.serve(await desk.asked("h"))
    assert desk.served[-1] == "h", "all places are free again"


async def test_of_one_no_more_may_wait_and_others_may() -> None:
    desk = Desk(at_once=1, most=2)
    tasks = await desk.asked("a", "a", "a")
    with pytest.raises(Refusal, match="rate_limited"):
        await desk.ask("a")
    tasks += await desk.asked("b")
    assert await desk.serve(tasks) == ["a", "a", "b", "a"]


async def test_who_goes_away_holds_nobody_up() -> None:
    desk = Desk(at_once=1)
    first, second, third = await desk.asked("a", "b", "c")
    second.cancel()
    assert await desk.serve([first, third]) == ["a", "c"]
    tasks = await desk.asked("d", "e")
    tasks[0].cancel()
    assert await desk.serve(tasks[1:]) == ["a", "c", "e"]


async def test_a_turn_that_came_as_its_asker_went_is_passed_on() -> None:
    desk = Desk(at_once=1)
    first, second, third = await desk.asked("a", "b", "c")
    desk.go.release()
    await first
    second.cancel()
    assert await desk.serve([third]) == ["a", "c"]
