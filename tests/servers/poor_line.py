"""A poor line before a server, on loopback: narrow, far, losing packets, and breaking off.

A packet that is lost costs its sender a round trip more, as TCP sends it again and holds what came after it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field

PACKET = 1400
"""Bytes; what a packet carries on most lines."""
QUEUE = 16
"""Packets that wait at most before the narrow place; then the sender is held back."""


@dataclass
class Way:
    """One direction. `carried`: bytes that came in at its beginning, whether or not they came out."""

    bits_a_second: int
    round_trip: float
    loss: float
    chance: random.Random
    carried: int = 0
    free_at: float = 0.0

    def passes(self, size: int, now: float) -> tuple[float, float]:
        """(when the line is free again, when this arrives) for a packet that begins at `now`."""
        self.carried += size
        self.free_at = max(now, self.free_at) + size * 8 / self.bits_a_second
        if self.chance.random() < self.loss:
            self.free_at += self.round_trip
        return self.free_at, self.free_at + self.round_trip / 2


@dataclass
class PoorLine:
    """`cut_after`: once so many bytes have gone up, all connections break, and again after each so many."""

    port: int
    bits_a_second: int = 256_000
    round_trip: float = 0.6
    loss: float = 0.03
    cut_after: list[int] = field(default_factory=list)
    seed: int = 1
    cuts: int = 0
    origin: str = ""

    async def __aenter__(self) -> PoorLine:
        chance = random.Random(self.seed)
        self.up, self.down = (Way(self.bits_a_second, self.round_trip, self.loss, chance) for _ in range(2))
        self.open: set[asyncio.StreamWriter] = set()
        self.server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.origin = f"http://localhost:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        self.cut()

    def cut(self) -> None:
        """Every connection is gone at once, without a good-bye."""
        for writer in self.open:
            writer.transport.abort()
        self.open = set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        self.open |= {writer, far_writer}
        try:
            ways = ((reader, far_writer, self.up), (far_reader, writer, self.down))
            await asyncio.gather(*(self._carry(*way) for way in ways))
        except asyncio.CancelledError:
            pass  # The test is over, and nobody waits for what is still on the line.
        finally:
            for each in (writer, far_writer):
                self.open.discard(each)
                each.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        now = asyncio.get_running_loop().time
        packets: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE)
        arriving = asyncio.create_task(_arrive(packets, writer))
        with contextlib.suppress(ConnectionError):
            # What a connection still held when it was cut never came onto the line.
            while writer in self.open and (packet := await reader.read(PACKET)):
                free, arrives = way.passes(len(packet), now())
                await packets.put((arrives, packet))
                await asyncio.sleep(free - now())
                if way is self.up and self.cut_after and way.carried >= self.cut_after[0]:
                    self.cut_after.pop(0)
                    self.cuts += 1
                    self.cut()
        await packets.put((now() + self.round_trip / 2, b""))
        await arriving


async def _arrive(packets: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    now = asyncio.get_running_loop().time
    while True:
        arrives, packet = await packets.get()
        await asyncio.sleep(max(0.0, arrives - now()))
        if not packet:
            break
        with contextlib.suppress(ConnectionError):
            writer.write(packet)
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()
