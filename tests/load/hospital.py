"""Fifty people, enrolled one by one, in one discussion."""

from __future__ import annotations

from dataclasses import dataclass

from world.device import Device
from world.organisation import Organisation
from world.running import Running

GROUP = 50


@dataclass
class Hospital:
    """`group`: the thread that holds all fifty."""

    devices: list[Device]
    group: str


async def build(running: Running) -> Hospital:
    organisation = Organisation(running, "Bench Hospital")
    await organisation.register()
    await organisation.know()
    devices = []
    for number in range(GROUP):
        device = Device(running, await organisation.invite(f"Person {number}"), organisation)
        devices.append(await device.enrol())
    group = await _thread(devices[0], devices[1:])
    return Hospital(devices, group)


async def _thread(owner: Device, others: list[Device]) -> str:
    thread = await owner.create_thread()
    added = await owner.commit(thread, adds=others)
    assert added.status == 200, added
    return thread
