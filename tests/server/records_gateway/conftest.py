"""A gateway of Riverbend on its own folder, a filing to it that is whole, and a PACS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from inscope_server.records_gateway.verification import Told
from world.device import Device
from world.filing import Made
from world.hospital_gateway import HospitalGateway
from world.pacs import Pacs

NOBODY = {"authority": "aut_AAAAAAAAAAAAAAAAAAAAAA", "key": "A" * 43}


@pytest.fixture
async def gateway(intern: Device, tmp_path: Path) -> HospitalGateway:
    made = HospitalGateway(intern.home, tmp_path / "riverbend")
    await made.register()
    return made


@pytest.fixture
def made(intern: Device, specialist: Device, gateway: HospitalGateway) -> Made:
    return Made(intern, specialist, gateway.process.keys)


@pytest.fixture
def told(intern: Device) -> Told:
    """What the server hands over beside a package."""
    return Told([intern.home.known], NOBODY)


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[Callable[..., Pacs]]:
    """Starts one that takes all but what it is told not to."""
    started: list[Pacs] = []

    def start(**takes: Any) -> Pacs:
        started.append(Pacs(tmp_path / f"pacs {len(started)}", **takes))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        await asyncio.to_thread(one.close)


@pytest.fixture
async def pacs(hospital: Callable[..., Pacs]) -> Pacs:
    return await asyncio.to_thread(hospital)
