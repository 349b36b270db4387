"""Composes the consent authority as a process of its own (`inscope authority`): its key, a database it only reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from .authority.memory import Memory
from .authority.service import LocalAuthority
from .authority.serving import application
from .authority.wire import shared_secret
from .clock import Clock
from .config import Config
from .database import Database
from .observing.logs import start_log
from .observing.traces import Traces
from .patients.claims import VisitClaims
from .web.address import Address
from .web.http_server import serve


class AuthorityProcess:
    """`clock` lets tests hold time still."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        self.config, self.traces, clock = config, Traces("inscope-authority"), clock or Clock()
        self.database = Database(config.database)
        claims, memory = VisitClaims(self.database, clock), Memory(config.authority_memory)
        self.authority = LocalAuthority(self.database, clock, claims, config.authority_key, memory)

    def application(self) -> web.Application:
        app = application(self.authority, shared_secret(self.config.authority_secret), self.traces)
        app.cleanup_ctx.append(self._background)
        return app

    async def _background(self, _app: web.Application) -> AsyncIterator[None]:
        try:
            self.traces.start(self.config.traces_endpoint, self.config.traces_ratio)
            await self.authority.look()
            yield
        finally:
            await self.database.close()
            await self.traces.close()


def run(config: Config) -> None:
    """Serves until SIGINT or SIGTERM."""
    start_log(config.log_format)
    asyncio.run(_serve(config))


async def _serve(config: Config) -> None:
    address = Address(config.authority_host, config.authority_port, "authority_port")
    await serve(AuthorityProcess(config).application(), address)
