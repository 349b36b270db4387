"""Several processes: what one tells devices, and what it has to tell the others, goes through Redis to all of them.

Redis only carries. An entry counts if a process of this server made it (queue_entries.py), and says one of the few
things that are said here: python-socketio's own commands (to disconnect, to enter or to close a room) are neither sent
nor obeyed. Nobody waits for Redis: a queue that takes connections and says nothing would hold up every message behind
it for seconds. What it does not take in time is not told to the other processes, whose devices catch up by the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import socketio
from msgspec import Raw

from .frames import SharedFrameManager
from .queue_entries import QueueEntries, Told

MOST_UNTOLD = 10_000
"""What waits for Redis; the oldest goes first."""
MOST_TOGETHER, LONG = 500, 256 * 1024
"""An entry tells no more than this many, and no more once their data is as long (bytes)."""
FAREWELL_SECONDS = 2
AGAIN_SECONDS = 1
"""Between looks for a Redis that is away."""
Hear = Callable[[Told], Awaitable[None]]

log = logging.getLogger("inscope")


class RedisSharedFrameManager(socketio.AsyncRedisManager, SharedFrameManager):  # type: ignore[misc]
    """`emit` to rooms of all processes; `tell` to the other processes alone. `hear` takes what those told."""

    def __init__(self, url: str, entries: QueueEntries, hear: Hear) -> None:
        super().__init__(url)
        self.entries, self.hear = entries, hear
        self.connected: bool
        self.untold: asyncio.Queue[Told] = asyncio.Queue(MOST_UNTOLD)
        self.publisher: asyncio.Task[None] | None = None

    def initialize(self) -> None:
        super().initialize()
        self.publisher = asyncio.create_task(self._publish_for_ever())

    async def emit(self, event: str, data: Any, namespace: str, room: Any = None, **options: Any) -> None:
        """`room`: a list of devices; with `ignore_queue`, whatever this process has rooms for, and here alone."""
        encoded = Raw(msgspec.json.encode(data))
        await SharedFrameManager.emit(self, event, encoded, namespace, room)
        if not options.get("ignore_queue"):
            self.tell(Told(event, room, encoded))

    def tell(self, told: Told) -> None:
        if self.untold.full():
            self.untold.get_nowait()
            self.untold.task_done()
            self.entries.lost()
        self.untold.put_nowait(told)

    async def _publish(self, data: Any) -> None:
        """What python-socketio would say by itself concerns connections of this process: it stays here."""

    async def _publish_for_ever(self) -> None:
        while True:
            together = await self._waiting()
            entry = self.entries.made(together)
            for _ in range(2):  # The first may find a connection that has ended meanwhile.
                if await self._publish_entry(entry):
                    break
            for _ in together:
                self.untold.task_done()

    async def _waiting(self) -> list[Told]:
        """What came while the last entry was on its way shares the next."""
        together = [await self.untold.get()]
        length = len(together[0].data)
        while not self.untold.empty() and len(together) < MOST_TOGETHER and length < LONG:
            together.append(self.untold.get_nowait())
            length += len(together[-1].data)
        return together

    async def _publish_entry(self, entry: bytes) -> bool:
        try:
            if not self.connected:
                self._redis_connect()
            await self.redis.publish(self.channel, entry)
        except Exception as error:
            log.error("Redis did not take an event: %s", type(error).__name__)
            self.connected = False
            return False
        return True

    async def _thread(self) -> None:
        """In place of python-socketio's own, which obeys whatever is written into the channel."""
        async for entry in self._listen():
            try:
                for told in self.entries.read(entry):
                    await self._take(told)
            except msgspec.DecodeError:
                log.exception("what another process told was not read")

    async def _listen(self) -> AsyncIterator[bytes]:
        """In place of python-socketio's own, which after an outage does not look for Redis for up to a minute."""
        heard = True
        while True:
            try:
                self._redis_connect()
                await self.pubsub.subscribe(self.channel)
                heard = True
                async for message in self.pubsub.listen():
                    yield message["data"]
            except Exception as error:
                if heard:
                    log.error("Redis is not heard: %s", type(error).__name__)
                heard = False
            await asyncio.sleep(AGAIN_SECONDS)

    async def _take(self, told: Told) -> None:
        try:
            await self.hear(told)
        except Exception:
            log.exception("what another process told was not taken")

    async def close(self) -> None:
        """What is still to be told has a moment. python-socketio leaves its listener behind at shutdown: end it too."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.untold.join(), FAREWELL_SECONDS)
        for task in (self.publisher, getattr(self, "thread", None)):
            if isinstance(task, asyncio.Task):
                task.cancel()
        for part in (self.pubsub, self.redis):
            if part is not None:
                await part.aclose()
