"""A lean Socket.IO client for load: frames built before the clock starts, answers counted by their first characters."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp


class Wire:
    """One connection. `acks` and `entries` count what came; `times` holds milliseconds from send to acknowledgement."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.acks = self.entries = self.failures = 0
        self.times: list[float] = []
        self.sent: dict[int, float] = {}
        self.slots: asyncio.Semaphore | None = None
        self.reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, origin: str, cookie: str, auth: Any) -> Wire:
        url = f"{origin}/socket/?EIO=4&transport=websocket"
        socket = await http.ws_connect(url, headers={"Cookie": cookie}, max_msg_size=0)
        await socket.receive_str()
        await socket.send_str("40" + json.dumps(auth))
        answer = await socket.receive_str()
        if not answer.startswith("40"):
            raise RuntimeError(answer)
        return cls(socket)

    async def _read(self) -> None:
        async for message in self.socket:
            text = message.data
            if text.startswith("42"):
                self.entries += 1
            elif text.startswith("43"):
                self._acknowledged(text)
            elif text == "2":
                await self.socket.send_str("3")

    def _acknowledged(self, text: str) -> None:
        self.acks += 1
        number = int(text[2 : text.index("[")])
        self.times.append((time.perf_counter() - self.sent.pop(number)) * 1000)
        if '"error"' in text[:40]:
            self.failures += 1
        if self.slots is not None:
            self.slots.release()

    async def send(self, number: int, frame: str) -> None:
        self.sent[number] = time.perf_counter()
        await self.socket.send_str(f"42{number}{frame}")

    async def pump(self, frames: list[str], window: int) -> None:
        """Sends all frames with at most `window` unacknowledged."""
        self.slots = asyncio.Semaphore(window)
        for number, frame in enumerate(frames):
            await self.slots.acquire()
            await self.send(number, frame)

    async def close(self) -> None:
        await self.socket.close()
        self.reader.cancel()


async def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the load did not finish in time")
        await asyncio.sleep(0.002)
