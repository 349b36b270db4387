"""A device was away for 10,000 messages of one thread, and fetches them all."""

from __future__ import annotations

from pathlib import Path

from ..result import Curve
from ..trial import Make, converse, started, timed, works

TITLE = "catch-up"
WHAT = "messages caught up on"
AIM = "4 times the best peer, and 0.8 of the floor"
BATCH = 500


async def measure(make: Make, folder: Path) -> list[Curve]:
    async with started(make, folder, 2) as system:
        curve = Curve(TITLE, system.name, WHAT, "messages")
        for size in works(system, 2500, 5000, 10_000):
            room = await system.room([0, 1])
            line = await system.connect(0)
            for start in range(0, size, BATCH):
                frames = [system.message(0, room) for _ in range(min(BATCH, size - start))]
                await converse(system, [line], [(line, frames)], 0, 64)
            line.close()
            got: list[int] = []

            async def fetch(room: object = room, got: list[int] = got) -> None:
                got.append(await system.catch_up(1, room))

            curve.points.append(await timed(system, size, fetch))
            if got[0] < size:
                raise RuntimeError(f"{system.name}: {got[0]} of {size} messages came")
        return [curve]
