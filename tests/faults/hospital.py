"""What a run stands on: a database and a blob store that stay, server processes that do not, and a crowd of people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from faults.crowd import Crowd
from faults.served import Served
from servers.postgres import Postgres
from servers.proxy import Proxy
from servers.valkey import Valkey
from world.device import Device
from world.organisation import Organisation
from world.running import CLIENT, POLICIES, SHEETS, Running, TestClock

SKEW = 3000
"""Milliseconds by which the second process's clock is ahead."""


@dataclass
class Address:
    """Where devices find the servers: the little of `Running` that they need."""

    origin: str
    clock: TestClock = field(default_factory=TestClock)


@dataclass
class Hospital:
    """`url`: the database itself; `line`: before the servers; `wires`: between them and PostgreSQL."""

    folder: Path
    url: str
    settings: dict[str, Any]
    line: Proxy
    served: list[Served]
    wires: Proxy | None
    postgres: Postgres | None
    valkey: Valkey | None

    @asynccontextmanager
    async def within(self, clock: TestClock) -> AsyncIterator[Running]:
        """The server inside the test, over what the processes left."""
        keys = ("blob_url", "log_key_file", "log_copy_file", "authority_key_file")
        running = await Running.start(self.url, self.folder, clock, **{key: str(self.settings[key]) for key in keys})
        try:
            yield running
        finally:
            await running.close()


async def move(devices: list[Device], place: Any) -> None:
    """The same devices, signed in as they were, at another address."""
    for device in devices:
        device.running = place
        assert device.http is not None
        jar = device.http.cookie_jar
        await device.close()
        device.http = aiohttp.ClientSession(place.origin, cookie_jar=jar)


async def people(running: Running) -> tuple[list[Device], list[str]]:
    """Ines, Samuel, Theo, and last Lena; and two threads of the first three."""
    home = Organisation(running, "Riverbend Hospital", {}, {"intern": "Intern"})
    await home.register()
    await home.know()
    names = ("Ines Moreau", "Samuel Okafor", "Theo Brandt", "Lena Fischer")
    devices = [await Device(running, await home.invite(name, ("intern",)), home).enrol() for name in names]
    threads = []
    for first in devices[:2]:
        thread = await first.create_thread()
        added = await first.commit(thread, adds=[one for one in devices[:3] if one is not first])
        assert added.status == 200, added
        threads.append(thread)
    return devices, threads


@asynccontextmanager
async def opened(
    folder: Path,
    url: str,
    chance: Random,
    postgres: Postgres | None = None,
    valkey: Valkey | None = None,
    sweep: float = 0.5,
) -> AsyncIterator[tuple[Hospital, Crowd]]:
    """Two processes over PostgreSQL and Valkey, one of them with a clock that is ahead; or one over SQLite."""
    settings: dict[str, Any] = {
        "data_dir": folder, "blob_url": f"file://{folder}/blobs", "log_key_file": folder / "log_key",
        "log_copy_file": folder / "elsewhere" / "log_copy",
        "authority_key_file": folder / "authority_key", "client_dir": CLIENT, "sheets_dir": SHEETS,
        "policies_dir": POLICIES, "database_url": url, "log_format": "json",
    }  # fmt: skip
    async with AsyncExitStack() as stack:
        line, wires = Proxy([], chance), None
        await stack.enter_async_context(line)
        hospital = Hospital(folder, url, settings, line, [], None, postgres, valkey)
        async with hospital.within(TestClock()) as running:
            devices, threads = await people(running)
        settings["public_origin"] = f"http://localhost:{line.port}"
        if postgres is not None and valkey is not None:
            wires = await stack.enter_async_context(Proxy([postgres.port], chance))
            settings |= {"database_url": url.replace(str(postgres.port), str(wires.port)), "redis_url": valkey.url}
        for number in range(1 if postgres is None else 2):
            kind = "the one server" if postgres is None else "one of two servers"
            one = Served(f"server-{number}", kind, settings, SKEW * number, sweep)
            hospital.served.append(await stack.enter_async_context(one))
        line.ports, hospital.wires = [one.port for one in hospital.served], wires
        await move(devices, Address(settings["public_origin"]))
        yield hospital, Crowd(devices[:3], devices[3], threads, chance)
        for device in devices:
            await device.close()
