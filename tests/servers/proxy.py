"""A TCP proxy on loopback before one or more servers: it finds one that answers, and can cut and delay connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from random import Random

CHUNK = 65_536


class Proxy:
    """Each connection goes to one of `ports` that takes it. `delay`: seconds by which every piece is late.

    `overhear` is told every piece, of either direction.
    """

    def __init__(self, ports: Sequence[int], chance: Random) -> None:
        self.ports, self.chance, self.delay = ports, chance, 0.0
        self.overhear: Callable[[bytes], object] = lambda piece: None
        self.open: set[asyncio.StreamWriter] = set()
        self.connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Proxy:
        self.server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = int(self.server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        self.cut()
        await asyncio.gather(*self.connections, return_exceptions=True)

    def cut(self) -> None:
        """Every connection is gone at once, without a good-bye; new ones are taken."""
        for writer in self.open:
            writer.transport.abort()
        self.open = set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)
        far = await self._far()
        ends = [writer] if far is None else [writer, far[1]]
        self.open.update(ends)
        try:
            if far is not None:
                await asyncio.wait(
                    [asyncio.create_task(self._carry(*way)) for way in ((reader, far[1]), (far[0], writer))],
                    return_when=asyncio.FIRST_COMPLETED,
                )
        finally:
            for end in ends:
                self.open.discard(end)
                end.transport.abort()

    async def _far(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self.chance.sample(self.ports, len(self.ports)):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either end is gone; an end that has no more to say ends both, as HTTP and PostgreSQL do."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                self.overhear(data)
                writer.write(data)
                await writer.drain()
