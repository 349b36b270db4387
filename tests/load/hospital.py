"""The people of the bench: fifty devices in one discussion, twenty-five pairs, five hundred to be idle."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from world.device import Device
from world.organisation import Organisation
from world.running import Running, TestClock

GROUP = 50
PAIRS = 25


@dataclass
class Hospital:
    """`cookies[i]` signs device i in; `pairs[i]` is the thread of devices 2i and 2i+1; `group` holds all fifty."""

    devices: list[Device]
    cookies: list[str]
    pairs: list[str]
    group: str


async def build(running: Running) -> Hospital:
    organisation = Organisation(running, "Bench Hospital")
    await organisation.register()
    await organisation.know()
    devices = []
    for number in range(GROUP):
        device = Device(running, await organisation.invite(f"Person {number}"), organisation)
        devices.append(await device.enrol())
    pairs = [await _thread(devices[2 * pair], [devices[2 * pair + 1]]) for pair in range(PAIRS)]
    group = await _thread(devices[0], devices[1:])
    cookies = []
    for device in devices:
        assert device.http is not None
        jar = device.http.cookie_jar.filter_cookies(running.origin)
        cookies.append(f"inscope_session={jar['inscope_session'].value}")
    return Hospital(devices, cookies, pairs, group)


async def _thread(owner: Device, others: list[Device]) -> str:
    thread = await owner.create_thread()
    added = await owner.commit(thread, adds=others)
    assert added.status == 200, added
    return thread


async def prepare(database_url: str, folder: Path, port: int) -> Hospital:
    """Builds the hospital with the server in this process, then closes it: another process will serve the same data."""
    running = await Running.start(database_url, folder, TestClock(), port=port)
    hospital = await build(running)
    for device in hospital.devices:
        await device.close()
    await running.close()
    await asyncio.sleep(0)
    return hospital
