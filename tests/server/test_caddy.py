"""The Caddyfile, with Caddy itself: whom it sends where, what it adds and takes away, and what its log does not say."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from servers.caddy import Caddy
from servers.process import free_port

CANARY = "canary-thr_7"
BEYOND_ANY_BUFFER = 64 * 1024 * 1024


@dataclass
class Behind:
    """What stands for one process: at an address of its own, with the ports that all have."""

    host: str
    port: int
    ready_port: int
    ready: int = 200
    asked: list[web.Request] = field(default_factory=list)
    broken_off: asyncio.Event = field(default_factory=asyncio.Event)
    runners: list[web.AppRunner] = field(default_factory=list)

    async def start(self) -> None:
        for port, answer in ((self.port, self._answer), (self.ready_port, self._ready)):
            app = web.Application(client_max_size=8 * 1024 * 1024)
            app.router.add_route("*", "/{path:.*}", answer)
            self.runners.append(web.AppRunner(app, shutdown_timeout=0))
            await self.runners[-1].setup()
            await web.TCPSite(self.runners[-1], self.host, port).start()

    async def _ready(self, request: web.Request) -> web.Response:
        return web.Response(status=self.ready)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        await request.read()
        if request.path != "/long":
            return web.Response(text=self.host)
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(BEYOND_ANY_BUFFER // 65536):
                await response.write(bytes(65536))
        except (ConnectionError, asyncio.CancelledError):
            self.broken_off.set()
        return response

    async def stop(self) -> None:
        for runner in self.runners:
            await runner.cleanup()


@dataclass
class Front:
    caddy: Caddy
    first: Behind
    second: Behind
    http: aiohttp.ClientSession

    async def served_by(self) -> set[str]:
        return {await (await self.http.get("/")).text() for _ in range(12)}

    async def until(self, *hosts: str) -> None:
        async with asyncio.timeout(20):
            while await self.served_by() != set(hosts):
                await asyncio.sleep(0.1)


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    port, ready_port = free_port(), free_port()
    both = [Behind(host, port, ready_port) for host in ("127.0.0.1", "127.0.0.2")]
    for one in both:
        await one.start()
    caddy = await asyncio.to_thread(Caddy, [f"{one.host}:{port}" for one in both], ready_port)
    async with aiohttp.ClientSession(
        caddy.origin, connector=aiohttp.TCPConnector(ssl=caddy.trusting(), force_close=True)
    ) as http:
        yield Front(caddy, *both, http)
    for one in both:
        await one.stop()
    await asyncio.to_thread(caddy.close)


async def test_a_process_that_says_it_ends_is_asked_nothing_more(front: Front) -> None:
    await front.until("127.0.0.1", "127.0.0.2")
    front.first.ready = 503
    await front.until("127.0.0.2")
    assert '"host":"127.0.0.1:' in front.caddy.log.read_text(), "which process is away, the log says"
    front.first.ready = 200
    await front.until("127.0.0.1", "127.0.0.2")


async def test_what_it_adds_and_what_it_takes_away(front: Front) -> None:
    answer = await front.http.get("/", headers={"X-Forwarded-For": "192.0.2.7"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    (request,) = front.first.asked + front.second.asked
    assert "X-Forwarded-For" not in request.headers
    assert request.headers["Host"] == f"localhost:{front.caddy.port}"
    assert (await front.http.post("/", data=bytes(1_900_000))).status == 200
    assert (await front.http.post("/", data=bytes(2_100_000))).status >= 400


async def test_who_breaks_off_an_answer_is_not_in_its_log(front: Front) -> None:
    """As phones do on a poor line: Caddy would write down their address, what they asked for and their browser."""
    response = await front.http.get("/long", params={"thread": CANARY}, headers={"User-Agent": CANARY})
    assert response.connection is not None and response.connection.transport is not None
    connected: Any = response.connection.transport.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    response.connection.transport.abort()
    behind = front.first if front.first.asked else front.second
    await asyncio.wait_for(behind.broken_off.wait(), 20)
    await says_nothing(front)


async def test_whoever_finds_no_process_is_not_in_its_log(front: Front) -> None:
    for one in (front.first, front.second):
        await one.stop()
    answer = await front.http.get("/", params={"thread": CANARY}, headers={"User-Agent": CANARY})
    assert answer.status in (502, 503)
    await says_nothing(front)


async def says_nothing(front: Front) -> None:
    """Also once it has ended, and everything is written."""
    front.caddy.process.terminate()
    await asyncio.to_thread(front.caddy.process.wait, 20)
    log = front.caddy.log.read_text()
    assert "shutdown complete" in log
    assert [word for word in (CANARY, "remote_ip", "client_ip", "User-Agent") if word in log] == []
