"""The operators' own port: is the process alive, is it ready, what has it counted. Never on the public address.

A balancer asks `/ready`: 200 while requests may be sent here. What this process can do without (the store of images,
the consent authority, the other processes' events, the log's copy) is told, and does not make it unready: text goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from ..web.address import Address
from ..web.http_server import Runner

PATIENCE_SECONDS = 2.0

Probe = Callable[[], Awaitable[None]]

log = logging.getLogger("inscope")


@dataclass(frozen=True)
class Part:
    """Something that this process stands on. `probe` returns while it answers, and raises otherwise."""

    name: str
    probe: Probe
    needed: bool = False


class Operations:
    def __init__(self, parts: Sequence[Part], refresh: Callable[[], None]) -> None:
        """`refresh` brings up to date what is only measured when somebody looks."""
        self.parts, self.refresh, self.draining = parts, refresh, False

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/live", self.live)
        app.router.add_get("/ready", self.ready)
        app.router.add_get("/metrics", self.metrics)
        return app

    async def live(self, _request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def ready(self, _request: web.Request) -> web.Response:
        """`parts`: each `up` or `down`. 503 while a needed part is down, and from the first sign of the end on."""
        answering = await asyncio.gather(*(_answers(part) for part in self.parts))
        ready = not self.draining and all(up for part, up in zip(self.parts, answering, strict=True) if part.needed)
        parts = {part.name: "up" if up else "down" for part, up in zip(self.parts, answering, strict=True)}
        told = {"ready": ready, "draining": self.draining, "parts": parts}
        return web.json_response(told, status=200 if ready else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        self.refresh()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def serve(self, address: Address) -> AsyncIterator[None]:
        """Answers there for as long as it is held (aiohttp's cleanup context)."""
        runner = Runner(self.application(), shutdown_timeout=1)
        await runner.setup()
        await runner.listen(address)
        log.info("operators are answered on http://%s:%s/ready and /metrics", address.host, address.port)
        yield
        await runner.cleanup()


async def _answers(part: Part) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await part.probe()
    except Exception:
        return False
    return True
