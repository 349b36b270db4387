"""Finding somebody by a part of the name, in directories of growing size."""

from __future__ import annotations

from pathlib import Path

from ..crowd import name_of
from ..result import Curve, Point
from ..trial import Make, started, timed

TITLE = "directory"
WHAT = "searches of a directory of 10,000 people"
AIM = "4 times the best peer"
SEARCHES = 50


async def measure(make: Make, folder: Path) -> list[Curve]:
    curve = None
    for people in (2500, 5000, 10_000):
        async with started(make, folder, people) as system:
            curve = curve or Curve(TITLE, system.name, WHAT, "searches", each=True)

            async def look() -> None:
                for number in range(SEARCHES):
                    name = name_of(number * 53 % people).split()[1]  # noqa: B023
                    if not await system.search(number, name):
                        raise RuntimeError(f"{system.name} did not find {name}")

            point = await timed(system, SEARCHES, look)
            curve.points.append(Point(people, point.seconds / SEARCHES, point.cpu / SEARCHES))
    assert curve is not None
    return [curve]
