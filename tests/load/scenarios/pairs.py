"""Twenty-five pairs write to each other: durable messages a second."""

from __future__ import annotations

from pathlib import Path

from ..result import Curve
from ..trial import Make, converse, started, works

TITLE = "pairs"
WHAT = "messages in pairs"
AIM = "4 times the best peer, and 0.8 of the floor"
PAIRS, WINDOW = 25, 16


async def measure(make: Make, folder: Path) -> list[Curve]:
    async with started(make, folder, 2 * PAIRS) as system:
        rooms = [await system.room([2 * pair, 2 * pair + 1]) for pair in range(PAIRS)]
        lines = [await system.connect(person) for person in range(2 * PAIRS)]
        curve = Curve(TITLE, system.name, WHAT, "messages")
        for size in works(system, 1000, 1000, 2000, 3000, 4000):
            each = -(-size // PAIRS)
            work = [
                (lines[2 * pair], [system.message(2 * pair, room) for _ in range(each)])
                for pair, room in enumerate(rooms)
            ]
            curve.points.append(await converse(system, lines, work, system.copies(2), WINDOW))
        del curve.points[0]  # It was for warming up.
        for line in lines:
            line.close()
        return [curve]
