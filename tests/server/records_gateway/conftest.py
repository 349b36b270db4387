"""A gateway of Riverbend on its own folder, and a filing to it that is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from inscope_server.records_gateway.verification import Told
from world.device import Device
from world.filing import Made
from world.hospital_gateway import HospitalGateway

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
