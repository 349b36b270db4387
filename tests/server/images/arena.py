"""Where two requests meet: three people of whom a consent covers the first two, and what the server holds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from inscope_protocol.types import Scope
from inscope_server.images import store
from inscope_server.threads.store import entries
from server.images.room import Room
from world.device import Answer, Device


@dataclass
class Arena:
    """`seen` counts the outcomes of the races that were run."""

    intern: Device
    specialist: Device
    colleague: Device
    seen: dict[str, int] = field(default_factory=dict)

    async def room(self) -> Room:
        return await Room.of(self.intern, self.specialist)

    async def consent(self, *people: Device, **changes: Any) -> Scope:
        scope = self.intern.scope([device.me for device in people or (self.intern, self.specialist)], **changes)
        assert (await self.intern.record(scope)).status == 200
        return scope

    async def row(self, disclosure: str) -> Any:
        async with self.intern.running.server.database.read() as tx:
            return await store.load(tx, disclosure)

    async def log(self, thread: str) -> list[Any]:
        async with self.intern.running.server.database.read() as tx:
            return await tx.all(select(entries).where(entries.c.thread == thread).order_by(entries.c.seq))

    async def race(self, *runners: Callable[[], Awaitable[Answer]]) -> list[Answer]:
        """Started together, in random order and a few milliseconds apart; none may fail by an accident."""

        async def late(run: Callable[[], Awaitable[Answer]]) -> Answer:
            await asyncio.sleep(random.choice((0, 0, 0.001, 0.003, 0.006)))
            return await run()

        placed = list(enumerate(runners))
        random.shuffle(placed)
        answers = await asyncio.gather(*(late(run) for _, run in placed))
        by_place = {place: answer for (place, _), answer in zip(placed, answers, strict=True)}
        ordered = [by_place[place] for place in range(len(runners))]
        assert all(answer.status < 500 for answer in ordered), ordered
        outcome = " ".join(answer.code or "ok" for answer in ordered)
        self.seen[outcome] = self.seen.get(outcome, 0) + 1
        return ordered


@pytest.fixture
async def arena(
    request: pytest.FixtureRequest, database_url: str, intern: Device, specialist: Device, colleague: Device
) -> AsyncIterator[Arena]:
    """PostgreSQL's own log says whether it had to break a deadlock: the order of locks would be wrong."""
    arena = Arena(intern, specialist, colleague)
    log = Path(request.getfixturevalue("postgres").log) if database_url.startswith("postgresql") else None
    before = log.read_text(errors="replace").count("deadlock detected") if log else 0
    yield arena
    print(request.node.name, arena.seen)
    assert not log or log.read_text(errors="replace").count("deadlock detected") == before
    assert await intern.running.server.audit.verify() is None
