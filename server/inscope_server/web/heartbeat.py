"""One task for all connections asks each whether it is still there: a timer and a task for each would cost memory."""

from __future__ import annotations

import asyncio

from .connections import Connections
from .wire import BEAT_SECONDS


class Heartbeat:
    """Begins with the first connections, and goes on until `stop`."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.beating = asyncio.create_task(self._beat_for_ever())

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = asyncio.get_running_loop().time()
            for wire in self.connections.all():
                wire.beat(now)

    def stop(self) -> None:
        if self.beating is not None:
            self.beating.cancel()
