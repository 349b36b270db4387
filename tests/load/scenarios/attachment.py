"""A file of 5 MB goes up, and comes down; of smaller ones too, for the curve."""

from __future__ import annotations

import os
from pathlib import Path

from ..result import Curve
from ..trial import Make, started, timed, works

TITLE = "attachment"
WHAT = "files up"
AIM = "4 times the best peer, and 0.8 of the floor"
SIZES, TIMES = (1, 3, 5), 4
MB = 1_000_000


async def measure(make: Make, folder: Path) -> list[Curve]:
    async with started(make, folder, 2) as system:
        up = Curve(TITLE, system.name, WHAT, "MB")
        down = Curve(TITLE, system.name, "files down", "MB")
        times = works(system, TIMES)[0]
        for size in (1, *SIZES):
            files = [os.urandom(size * MB) for _ in range(times)]
            there: list[object] = []

            async def send(files: list[bytes] = files, there: list[object] = there) -> None:
                there += [await system.upload(0, data) for data in files]

            async def fetch(there: list[object] = there, size: int = size) -> None:
                for what in there:
                    assert await system.download(1, what) >= size * MB

            up.points.append(await timed(system, size * times, send))
            down.points.append(await timed(system, size * times, fetch))
        del up.points[0], down.points[0]  # They were for warming up.
        return [up, down]
