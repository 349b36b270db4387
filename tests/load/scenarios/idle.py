"""Five hundred connections on which nothing happens: memory of one, and what they keep the processor busy with."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..result import Curve, Point
from ..trial import Make, started, timed

TITLE = "idle"
WHAT = "memory an idle connection"
AIM = "at most 30 kB a connection"
STEP, MOST, SECONDS = 100, 500, 12


async def measure(make: Make, folder: Path) -> list[Curve]:
    async with started(make, folder, MOST + 1) as system:
        lines = [await system.connect(MOST)]  # What is made for the first one is not of each.
        memory = Curve(TITLE, system.name, WHAT, "connections", of="bytes")
        for count in range(0, MOST + 1, STEP):
            lines += await asyncio.gather(*(system.connect(person) for person in range(max(0, count - STEP), count)))
            await asyncio.sleep(1)
            memory.points.append(Point(count, 0, 0, system.meter.memory()))
        quiet = Curve(TITLE, system.name, "connections that a core keeps idle", "connection seconds")
        quiet.points.append(await timed(system, MOST * SECONDS, lambda: asyncio.sleep(SECONDS)))
        for line in lines:
            line.close()
        return [memory, quiet]
