"""The handshake of a WebSocket (RFC 6455 section 4.2): the last that a connection is of HTTP."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from aiohttp import web

from .route import CALLER, TOKEN
from .wire import Listener, Wire

WIRE = "inscope.wire"


class Handshake(web.WebSocketResponse):
    """Answers 101 and nothing after it. Without permessage-deflate: ciphertext does not shrink, and it costs memory."""

    def __init__(self) -> None:
        super().__init__(compress=False)

    async def write_eof(self, data: bytes = b"") -> None:
        """aiohttp would close the WebSocket here."""


class Host(Listener, Protocol):
    async def open(self, wire: Wire) -> None:
        """There is a new one."""

    async def forget(self, connection: Any) -> None:
        """Of Engine.IO: nothing came of it."""


class Upgrade:
    """What Engine.IO calls its WebSocket driver, for one connection."""

    def __init__(self, host: Host, handler: Any, _engine: Any) -> None:
        self.host, self.connection = host, handler.__self__

    async def __call__(self, environ: dict[str, Any]) -> web.StreamResponse:
        request, now = environ["aiohttp.request"], asyncio.get_running_loop().time()
        response, wire = Handshake(), Wire(self.host, self.connection, request[CALLER], request[TOKEN], now)
        try:
            await response.prepare(request)
            wire.transport = request.protocol.hand_over(wire)
        except BaseException:
            await self.host.forget(self.connection)
            raise
        await self._tell_by(wire)
        await self.host.open(wire)
        return response

    async def _tell_by(self, wire: Wire) -> None:
        """What Engine.IO has to tell, and had before, goes this way."""
        waiting, self.connection.queue = self.connection.queue, wire
        self.connection.connected = self.connection.upgraded = True
        while not waiting.empty():
            await wire.put(waiting.get_nowait())
