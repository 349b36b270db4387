"""From starting the process to its first answer, on a database that is there: by the clock, the best of seven.

The best, and not the median: whatever else runs on the machine only ever adds to it.
"""

from __future__ import annotations

from pathlib import Path

from ..result import Curve, Point
from ..trial import Make, started

TITLE = "cold-start"
WHAT = "cold start"
AIM = "below 0.5 s"
TIMES = 7


async def measure(make: Make, folder: Path) -> list[Curve]:
    async with started(make, folder, 2) as system:
        points = [Point(1, *(await system.restart())) for _ in range(TIMES)]
    return [Curve(TITLE, make.name, WHAT, "starts", [min(points, key=lambda p: p.seconds)], each=True)]
