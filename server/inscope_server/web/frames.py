"""One encoding for all recipients: Socket.IO managers that write a frame, built once, straight to each connection.

The stock manager makes a task, a queue entry and a wake-up of the connection's writer for every recipient, which costs
several times what the rest of a delivery does. Here a WebSocket frame (RFC 6455 section 5.2; from a server, unmasked)
is built once and given to each transport whole: it cannot fall between the pieces of another frame. What is told to a
connection in one turn of the event loop, by all messages of one commit, goes in one write: half of a delivery's cost is
the system call.
All events go this way, and so do the answers to what a client sends: they keep their order. A reader that falls
BUFFER_LIMIT or MOST_UNREAD answers behind is cut off: it catches up by the log, and memory stays bounded.
What a client sends is heard here too: Engine.IO's own loop makes a task and a timer for every frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import socketio
from aiohttp import WSMsgType
from aiohttp.web import WebSocketResponse
from engineio.async_drivers import aiohttp as driver

from .route import CALLER, TOKEN

WIRE = "inscope.wire"
BUFFER_LIMIT = 4 * 1024 * 1024
MOST_UNREAD = 2_000
"""Answers in a row that the transport could not pass on at once."""
SIGNALS = ("1", "3")
"""Engine.IO protocol 4: close, pong."""
PACKETS = ("40", "41")
"""Engine.IO's message, with Socket.IO's connect or disconnect in it."""
EVENT_PACKET = "42"
encode = msgspec.json.Encoder().encode


def text_frame(body: bytes) -> bytes:
    """A final text frame from a server (RFC 6455 section 5.2); `body`: UTF-8."""
    size = len(body)
    if size < 126:
        return bytes((0x81, size)) + body
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + body
    return b"\x81\x7f" + size.to_bytes(8, "big") + body


class PlainWebSocket(driver.WebSocket):  # type: ignore[misc]
    """The aiohttp driver with permessage-deflate refused: ciphertext does not shrink, and it costs memory.

    `caller` and `token` are those of the door; `connection` is Engine.IO's half of it. `opened` is entered for as long
    as it lasts. `heard` is told of every Socket.IO event that the client sends.
    """

    def __init__(
        self,
        opened: Callable[[PlainWebSocket], AbstractAsyncContextManager[None]],
        heard: Callable[[PlainWebSocket, str], None],
        handler: Any,
        server: Any,
    ) -> None:
        super().__init__(handler, server)
        self.opened, self.heard, self.connection = opened, heard, handler.__self__
        self.unread = self.held = 0
        self.frames: list[bytes] = []

    async def __call__(self, environ: dict[str, Any]) -> Any:
        request = environ["aiohttp.request"]
        self.caller, self.token = request[CALLER], request[TOKEN]
        self._sock = WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(request)
        self.transport = request.transport
        environ[WIRE] = self.connection.wire = self  # How handlers and the manager find it.
        async with self.opened(self):
            await self.handler(self)
        return self._sock

    async def wait(self) -> str:
        """The next packet of the client that is no event; one that clients do not send ends the connection.

        Above all no attachments, text or binary: Socket.IO would collect those of an event until there are as many as
        it announced. And nothing that Engine.IO would try to read as JSON by itself. Engine.IO waits here no longer
        than for an answer to its ping, whatever else is sent.
        """
        message = await self._sock.receive()
        while message.type is WSMsgType.TEXT and message.data.startswith(EVENT_PACKET):
            self.heard(self, message.data[1:])
            message = await self._sock.receive()
        if message.type is WSMsgType.TEXT and (message.data in SIGNALS or message.data.startswith(PACKETS)):
            return str(message.data)
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            self.abort()
        raise OSError("the client closed, or sent what clients do not send")

    def push(self, frame: bytes) -> bool:
        """Gives a whole frame to the transport, this turn; False when the reader has fallen too far behind."""
        if self.transport is None or self.transport.is_closing() or self._sock.closed:
            return True
        if self.transport.get_write_buffer_size() + self.held > BUFFER_LIMIT:
            return False
        if not self.frames:
            asyncio.get_running_loop().call_soon(self._pass_on)
        self.frames.append(frame)
        self.held += len(frame)
        return True

    def _pass_on(self) -> None:
        frames, self.frames, self.held = self.frames, [], 0
        if self.transport is not None and not self.transport.is_closing() and not self._sock.closed:
            self.transport.write(b"".join(frames))

    def answer(self, number: int, answer: Any) -> None:
        """Acknowledges the client's packet of this number."""
        self.unread = self.unread + 1 if self.transport is not None and self.transport.get_write_buffer_size() else 0
        if self.unread > MOST_UNREAD or not self.push(text_frame(b"43%d" % number + encode([answer]))):
            self.abort()

    def abort(self) -> None:
        """Cuts the connection, whatever the other side does."""
        if self.transport is not None:
            self.transport.abort()


class SharedFrameManager(socketio.AsyncManager):  # type: ignore[misc]
    """`emit` to rooms with one frame for all, in the one namespace. Callbacks are not supported: nothing uses them."""

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        **_: Any,
    ) -> None:
        if namespace not in self.rooms or not room:
            return
        joined = list(self.get_participants(namespace, room))
        if not joined:
            return
        frame = text_frame(b"42" + encode([event, data]))
        connections = self.server.eio.sockets
        for _sid, engine_sid in joined:
            connection = connections.get(engine_sid)
            wire = getattr(connection, "wire", None)
            if wire is not None and not connection.closed and not wire.push(frame):
                wire.abort()
