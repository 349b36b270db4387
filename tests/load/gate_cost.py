"""What the gate adds in a 50-person thread with 100 live images, measured inside one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from world.device import Device
from world.running import Running, TestClock

from . import hospital

IMAGES = 100


async def measure(database_url: str, folder: Path) -> list[tuple[str, float, float]]:
    """Rows (what, p50, p99) in milliseconds."""
    running = await Running.start(database_url, folder, TestClock())
    people = await hospital.build(running)
    owner, thread = people.devices[0], people.group
    before = await _times(lambda: owner.say(thread, epoch=1), 300)
    scope = owner.scope([device.me for device in people.devices])
    await owner.record(scope, thread)
    attach = await _times(lambda: _attach(owner, thread, scope), IMAGES)
    after = await _times(lambda: owner.say(thread, epoch=1), 300)
    decide = await _decisions(running, thread, people.devices)
    question = {"add": [people.devices[1].me]}
    add = await _times(lambda: owner.call("POST", f"/api/threads/{thread}/gate", question), 20)
    for device in people.devices:
        await device.close()
    await running.close()
    return [
        ("text send over HTTP, no image in the thread", *before),
        ("text send over HTTP, 100 live images", *after),
        ("one decision for 50 people (pure)", *decide),
        ("attach over HTTP: ask, upload, send", *attach),
        ("add decided over 100 live images x 50 people", *add),
    ]


async def _attach(owner: Device, thread: str, scope: object) -> None:
    _, sent = await owner.attach(thread, scope)  # type: ignore[arg-type]
    assert sent.status == 200, sent


async def _decisions(running: Running, thread: str, devices: list[Device]) -> tuple[float, float]:
    gate = running.server.gate
    async with running.server.database.read() as tx:
        from inscope_server.images.store import of_thread

        facts = gate.facts(tx)
        row = (await of_thread(tx, thread, ("live",)))[0]
        people = [device.me for device in devices]
        await facts.reasons(row, people)
        return await _times(lambda: facts.reasons(row, people), 2000)


async def _times(act: Callable[[], Awaitable[object]], count: int) -> tuple[float, float]:
    times = []
    for _ in range(count):
        start = time.perf_counter()
        await act()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=100)[98]
