"""Two processes over one PostgreSQL and one Valkey: how much more they do than one.

A process can do as much as its processor allows, so what two can do is told by the busier one's processor time: that
needs no third core for the load, nor one that nobody else uses. The database and Valkey have cores of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from servers.postgres import Postgres
from servers.process import free_port
from servers.valkey import Valkey

from ..meter import spent
from ..result import Curve, Point
from ..systems.inscope import InScope
from ..trial import Make, converse, started, works

TITLE = "processes"
WHAT = "messages in pairs, PostgreSQL and Valkey, one process"
AIM = "two do 1.7 times as much as one"
PAIRS, WINDOW = 25, 16
KINDS = {"two processes, each pair at one": 0, "two processes, each pair at both": 1}


async def measure(make: Make, folder: Path) -> list[Curve]:
    if make is not InScope:
        return []
    postgres, valkey = Postgres(fsync=True), Valkey()
    try:
        shared = {"redis_url": valkey.url, "log_key_file": str(folder / "log_key")}
        async with started(make, folder, 2 * PAIRS, database_url=postgres.url(), **shared) as system:
            return await _compare(system)
    finally:
        valkey.close()
        postgres.close()


async def _compare(system: Any) -> list[Curve]:
    rooms = [await system.room([2 * pair, 2 * pair + 1]) for pair in range(PAIRS)]
    one = Curve(TITLE, system.name, WHAT, "messages")
    await _talk(system, rooms, [system.ports[0]] * 2 * PAIRS, one)
    system.ports.append(free_port())
    await system.serve_at(system.ports[1])
    curves = [one]
    for kind, apart in KINDS.items():
        places = [system.ports[(person // 2 + apart * person) % 2] for person in range(2 * PAIRS)]
        curve = Curve(TITLE, system.name, f"messages in pairs, {kind}", "messages")
        await _talk(system, rooms, places, curve)
        curve.note = f"{curve.cpu_rate / one.cpu_rate:.2f} times one process"
        curves.append(curve)
    return curves


async def _talk(system: Any, rooms: list[str], places: list[int], curve: Curve) -> None:
    """Who writes is at the one process as often as at the other."""
    lines = [await system.connect(person, port) for person, port in enumerate(places)]
    for size in works(system, 500, 1000, 2000, 3000):
        each = -(-size // PAIRS)
        work = [(lines[2 * n], [system.message(2 * n, room) for _ in range(each)]) for n, room in enumerate(rooms)]
        before = _each(system)
        point = await converse(system, lines, work, 2, WINDOW)
        busiest = max(after - then for after, then in zip(_each(system), before, strict=True))
        curve.points.append(Point(point.work, point.seconds, busiest))
    del curve.points[0]  # It was for warming up.
    for line in lines:
        line.close()


def _each(system: Any) -> list[float]:
    """Processor seconds of each process so far."""
    return [spent(process) for process in system.meter.roots]
