"""Ten of a group's members write, all hear: deliveries a second, in a group of 50 and in a thread of 150."""

from __future__ import annotations

from pathlib import Path

from ..result import Curve, Point
from ..trial import Make, converse, started, works

TITLE = "group"
WHAT = "deliveries to a group"
AIM = "4 times the best peer, and 0.8 of the floor"
SENDERS, WINDOW = 10, 8


async def measure(make: Make, folder: Path) -> list[Curve]:
    return [await _group(make, folder, 50), await _group(make, folder, 150)]


async def _group(make: Make, folder: Path, members: int) -> Curve:
    async with started(make, folder, members) as system:
        room = await system.room(list(range(members)))
        lines = [await system.connect(person) for person in range(members)]
        await system.settle()
        curve = Curve(TITLE, system.name, f"deliveries to a group of {members}", "deliveries")
        for size in works(system, 100, 200, 400, 600, 800):
            each = -(-size // SENDERS)
            work = [(lines[p], [system.message(p, room) for _ in range(each)]) for p in range(SENDERS)]
            point = await converse(system, lines, work, system.copies(members), WINDOW)
            curve.points.append(Point(point.work * members, point.seconds, point.cpu))
        del curve.points[0]  # It was for warming up.
        for line in lines:
            line.close()
        return curve
