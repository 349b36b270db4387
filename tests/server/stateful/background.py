"""The server in a thread of its own, so that a synchronous test can drive it call by call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from inscope_server.app import Server
from world.running import Running, TestClock

T = TypeVar("T")
FOR_EVER = 10**6


class Background:
    """`wait` runs a coroutine on the server's loop. Nothing is swept unless the test asks for it."""

    def __init__(self, database_url: str, folder: Path, adjust: Callable[[Server], None] = lambda server: None) -> None:
        self.loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.running = self.wait(Running.start(database_url, folder, TestClock(), adjust, session_hours=FOR_EVER))

    @property
    def server(self) -> Server:
        return self.running.server

    def wait(self, coroutine: Coroutine[Any, Any, T] | Awaitable[T]) -> T:
        return asyncio.run_coroutine_threadsafe(_awaited(coroutine), self.loop).result(60)

    def close(self) -> None:
        self.wait(self.running.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable
