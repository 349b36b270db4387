"""One person writes to another at a steady pace, on a server that is not busy: how soon each is acknowledged."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from ..result import Times
from ..system import Lacking
from ..trial import Make, started
from ..wire import Wire, until

TITLE = "latency"
WHAT = "acknowledged at 200 messages/s"
AIM = "soon"
RATE, SECONDS = 200, 5


async def measure(make: Make, folder: Path) -> list[Times]:
    async with started(make, folder, 2) as system:
        room = await system.room([0, 1])
        line = await system.connect(0)
        if not isinstance(line, Wire):
            line.close()
            raise Lacking("its client does not time each message")
        frames = [system.message(0, room) for _ in range(RATE * SECONDS)]
        start = time.perf_counter()
        for number, text in enumerate(frames):
            await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
            line.send(number, text)
        await until(lambda: not line.sent)
        line.close()
        return [Times(TITLE, system.name, WHAT, statistics.median(line.times), _p99(line.times))]


def _p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]
