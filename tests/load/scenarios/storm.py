"""A thousand devices come back at once, after a server or a network was away: until each can send and hear.

Each is a TCP connection at both ends on this machine, so the number is bounded by the file descriptors that a process
may have open.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from inscope_server.open_files import raise_limit

from ..result import Curve
from ..system import Line, System
from ..trial import Make, started, timed, works

TITLE = "storm"
WHAT = "devices that reconnect at once"
AIM = "4 times the best peer"
MOST, SPARE = 1000, 200
AGAIN, AGAIN_SECONDS = 20, 0.5


def bounded() -> int:
    """How many this machine allows; the limit is raised as far as it goes, also for servers that leave it as it is."""
    return min(MOST, raise_limit() - SPARE)


async def _back(system: System, person: int) -> Line:
    """Whoever is turned away comes again, as devices do, a few times."""
    for _ in range(AGAIN):
        with contextlib.suppress(ConnectionError):
            return await system.connect(person)
        await asyncio.sleep(AGAIN_SECONDS)
    return await system.connect(person)


async def measure(make: Make, folder: Path) -> list[Curve]:
    most = bounded()
    async with started(make, folder, most) as system:
        curve = Curve(TITLE, system.name, WHAT, "devices")
        curve.note = "" if most == MOST else f"only {most}: file descriptors"
        for size in works(system, most // 10, most // 4, most // 2, most):
            lines: list = []

            async def all_at_once(size: int = size, lines: list = lines) -> None:
                lines += await asyncio.gather(*(_back(system, person) for person in range(size)))

            curve.points.append(await timed(system, size, all_at_once))
            for line in lines:
                line.close()
            await asyncio.sleep(1)
        return [curve]
