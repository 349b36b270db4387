"""One trial: a system, started empty in a folder of its own, does a piece of work; what it cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .result import Point
from .system import Line, System
from .wire import until

PATIENCE = 300.0
Make = Callable[..., System]


@asynccontextmanager
async def started(make: Make, folder: Path, people: int, **settings: Any) -> AsyncIterator[System]:
    """The system with so many people in it, gone with its data afterwards."""
    system = make(**settings)
    with TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        try:
            await system.start(Path(name), people)
            yield system
        finally:
            await system.stop()


async def timed(system: System, work: float, act: Callable[[], Awaitable[Any]]) -> Point:
    """The clock and the server's processor, from before `act` until it is done."""
    cpu, start = system.meter.cpu(), time.perf_counter()
    await act()
    return Point(work, time.perf_counter() - start, system.meter.cpu() - cpu)


async def converse(
    system: System, lines: list[Line], work: list[tuple[Line, list[Any]]], copies: int, window: int
) -> Point:
    """Everybody sends what they have; done when all is acknowledged and every copy has arrived."""
    count = sum(len(frames) for _, frames in work)
    acks = sum(line.acks for line in lines) + count
    entries = sum(line.entries for line in lines) + count * copies

    async def all_of_it() -> None:
        await asyncio.gather(*(line.pump(frames, window) for line, frames in work))
        await until(
            lambda: sum(line.acks for line in lines) >= acks and sum(line.entries for line in lines) >= entries,
            PATIENCE,
        )

    point = await timed(system, count, all_of_it)
    if any(line.failures for line in lines):
        raise RuntimeError(f"{system.name} refused some messages")
    return point


def works(system: System, *sizes: int) -> list[int]:
    """A scenario's sizes, as much of them as this system is given."""
    return [max(1, round(size * system.share)) for size in sizes]
