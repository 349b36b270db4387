"""A lean Socket.IO client for load: it counts answers by their first bytes, so that the server is what is measured.

A WebSocket library on the load's side costs more than the server does; this speaks RFC 6455 by itself, with a mask of
zeros (section 5.3 asks for a mask, and a test against one's own server may choose it).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from typing import Any
from urllib.parse import urlparse

UPGRADE = (
    "GET /socket/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nCookie: {cookie}\r\nOrigin: {page}\r\n\r\n"
)


PATIENCE = 120.0


def masked(text: str) -> bytes:
    """A client's text frame."""
    body = text.encode()
    size = len(body)
    if size < 126:
        return bytes((0x81, 0x80 | size)) + bytes(4) + body
    if size < 65536:
        return b"\x81\xfe" + size.to_bytes(2, "big") + bytes(4) + body
    return b"\x81\xff" + size.to_bytes(8, "big") + bytes(4) + body


class Wire(asyncio.Protocol):
    """One connection. `acks` and `entries` count what came; `times` holds milliseconds from send to acknowledgement."""

    transport: Any

    def __init__(self, auth: Any) -> None:
        self.auth = auth
        self.acks = self.entries = self.failures = 0
        self.times: list[float] = []
        self.sent: dict[int, float] = {}
        self.slots: asyncio.Semaphore | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.upgraded = False

    @classmethod
    async def open(cls, origin: str, cookie: str, auth: Any, page: str = "") -> Wire:
        """`origin`: where the server answers; `page`: whose page a browser would say it is, where that is another."""
        address = urlparse(origin)
        _, wire = await asyncio.get_running_loop().create_connection(lambda: cls(auth), "127.0.0.1", address.port)
        key = base64.b64encode(os.urandom(16)).decode()
        wire.transport.write(UPGRADE.format(host=address.netloc, key=key, cookie=cookie, page=page or origin).encode())
        await asyncio.wait_for(wire.ready, PATIENCE)
        return wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("refused"))

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data if self.buffer else data
        at = 0
        if not self.upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self.buffer = data
                return
            if b" 101 " not in data[:20]:
                raise ConnectionError(data[:60].decode())
            self.upgraded, at = True, end + 4
        size = len(data)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if start + length > size:
                break
            self._frame(data, start, start + length)
            at = start + length
        self.buffer = data[at:]

    def _frame(self, data: bytes, start: int, end: int) -> None:
        kind = data[start : start + 2]
        if kind == b"42":
            self.entries += 1
        elif kind == b"43":
            self._acknowledged(data[start:end])
        elif kind[:1] == b"2":
            self.transport.write(masked("3"))
        elif kind[:1] == b"0":
            self.transport.write(masked("40" + json.dumps(self.auth)))
        elif kind == b"40":
            self.ready.set_result(None)

    def _acknowledged(self, text: bytes) -> None:
        self.acks += 1
        number = int(text[2 : text.index(b"[")])
        self.times.append((time.perf_counter() - self.sent.pop(number)) * 1000)
        if b'"error"' in text[:40]:
            self.failures += 1
        if self.slots is not None:
            self.slots.release()

    def send(self, number: int, frame: str) -> None:
        self.sent[number] = time.perf_counter()
        self.transport.write(masked(f"42{number}{frame}"))

    async def pump(self, frames: list[str], window: int) -> None:
        """Sends all frames with at most `window` unacknowledged."""
        self.slots = asyncio.Semaphore(window)
        for number, frame in enumerate(frames):
            await self.slots.acquire()
            self.send(number, frame)

    def close(self) -> None:
        self.transport.close()


async def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the load did not finish in time")
        await asyncio.sleep(0.002)
