"""The server, whole and on a real port, inside the test's event loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web_app

from inscope_server.app import Server
from inscope_server.clock import Clock
from inscope_server.config import Config
from inscope_server.database import Database
from inscope_server.migrate import upgrade_database
from inscope_server.web.address import Address
from inscope_server.web.http_server import Runner
from servers.process import free_port
from world.departures import Departures
from world.schema import has_schema
from world.socket_departures import SocketDepartures

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "client_web" / "dist"
POLICIES = ROOT / "config" / "policies"
SHEETS = ROOT / "config" / "sheets"


class TestClock:
    """The system's time plus what the test has added; once stopped, it moves only when the test adds to it."""

    __test__ = False

    def __init__(self) -> None:
        self.added = 0
        self.stopped_at: int | None = None

    def now(self) -> int:
        started = time.time_ns() // 1_000_000 if self.stopped_at is None else self.stopped_at
        return started + self.added

    def stop(self) -> None:
        """What is limited in a time is then counted exactly, however slow the machine is."""
        self.stopped_at = time.time_ns() // 1_000_000

    def advance(self, milliseconds: int) -> None:
        self.added += milliseconds


class Running:
    """`server` is the composed application, `origin` where it answers, `clock` its time."""

    def __init__(
        self, server: Server, runner: Runner, origin: str, clock: TestClock, answered: Departures,
        told: SocketDepartures,
    ) -> None:  # fmt: skip
        self.server, self.runner, self.origin, self.clock = server, runner, origin, clock
        self.answered, self.told = answered, told
        self.folder = Path(server.config.data_dir)

    @classmethod
    async def start(
        cls,
        database_url: str,
        folder: Path,
        clock: TestClock,
        adjust: Callable[[Server], None] = lambda server: None,
        **settings: Any,
    ) -> Running:
        """Migrates and serves. `adjust` may change the composed server before it is served (a test build)."""
        port = settings.pop("port", None) or free_port()
        settings = {
            "blob_url": f"file://{folder}/blobs",
            "client_dir": str(CLIENT),
            "policies_dir": str(POLICIES),
            **settings,
        }
        folders = {"client_dir": str(CLIENT), "sheets_dir": str(SHEETS)}
        settings = {"blob_url": f"file://{folder}/blobs", **folders, **settings}
        config = Config(data_dir=str(folder), port=port, database_url=database_url, **settings)
        database = Database(database_url)
        if not await has_schema(database):
            await upgrade_database(database)
        await database.close()
        server = Server(config, Clock(now=clock.now))
        answered, told = Departures(), SocketDepartures()
        server.routes = answered.watched(server.routes)  # type: ignore[method-assign]
        told.watch(server.socket)
        adjust(server)
        runner = Runner(server.application(), shutdown_timeout=1)
        await runner.setup()
        await runner.listen(Address("127.0.0.1", port, "port"))
        return cls(server, runner, config.origin, clock, answered, told)

    async def close(self) -> None:
        """What was answered or told otherwise than it is described fails the test, whatever it was about."""
        await self.runner.cleanup()
        web_app._cached_build_middleware.cache_clear()  # It would keep the last thousand servers of a test process.
        found = self.answered.found + self.told.found
        assert found == [], found
