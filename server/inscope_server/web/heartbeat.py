"""One task asks all connections whether they are still there: a task and a timer for each would cost memory."""

from __future__ import annotations

import asyncio
import logging

from .connections import Connections
from .wire import BEAT_SECONDS

log = logging.getLogger("inscope")


class Heartbeat:
    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.beating = asyncio.create_task(self._beat_for_ever())

    def stop(self) -> None:
        if self.beating is not None:
            self.beating.cancel()

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            self.beat(asyncio.get_running_loop().time())

    def beat(self, now: float) -> None:
        """One that fails holds up no other."""
        for wire in self.connections.all():
            try:
                wire.beat(now)
            except Exception:
                log.exception("a connection has no beat")
                wire.abort()
