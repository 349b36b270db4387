"""A gateway of Riverbend on its own folder, a filing to it that is whole, and a PACS."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
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


@pytest.fixture(scope="session")
def spare() -> Iterator[dict[str, list[Pacs]]]:
    """PACS without a test, by what they take: starting one takes seconds."""
    spare: dict[str, list[Pacs]] = {}
    yield spare
    for one in itertools.chain(*spare.values()):
        one.close()


@pytest.fixture
async def hospital(
    tmp_path_factory: pytest.TempPathFactory, spare: dict[str, list[Pacs]]
) -> AsyncIterator[Callable[..., Pacs]]:
    """Gives one that takes all but what it is told not to."""
    used: list[tuple[str, Pacs]] = []

    def start(**takes: Any) -> Pacs:
        there = spare.get(repr(takes))
        pacs = there.pop() if there else Pacs(tmp_path_factory.mktemp("pacs"), **takes)
        if pacs.process is None:
            pacs.start()
        used.append((repr(takes), pacs))
        return pacs

    yield start
    for takes, pacs in used:
        if pacs.empty():
            spare.setdefault(takes, []).append(pacs)
        else:
            await asyncio.to_thread(pacs.close)


@pytest.fixture
async def pacs(hospital: Callable[..., Pacs]) -> Pacs:
    return await asyncio.to_thread(hospital)
