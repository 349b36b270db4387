"""An organisation's administrator beside a whole server, and the devices that they are to confirm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inscope_server.administrator.attester import Attester
from inscope_server.administrator.connection import HttpConnection
from inscope_server.administrator.founding import found
from inscope_server.clock import Clock
from world.device import Device
from world.running import Running


@pytest.fixture
async def attester(server: Running, tmp_path: Path) -> AsyncIterator[Attester]:
    clock = Clock(now=server.clock.now)
    roles = {"intern": "Graduate intern", "registrar": "Registrar"}
    folder = found(tmp_path / "admin", "Riverbend", server.origin, ["Emergency"], roles, clock)
    async with HttpConnection(server.origin) as connection:
        made = Attester(folder, connection, clock)
        await server.server.accounts.register_organisation(made.file.organisation, made.file.name, made.public_key)
        yield made


@pytest.fixture
async def devices(server: Running) -> AsyncIterator[list[Device]]:
    made: list[Device] = []
    yield made
    for device in made:
        await device.close()
