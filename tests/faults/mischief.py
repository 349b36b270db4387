"""What breaks, and when: dealt from a deck, so that every kind comes up, in an order that the seed decides."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from faults.crowd import Crowd
from faults.disaster import Backup, SetBack, backed_up, set_back
from faults.hospital import Hospital
from faults.instants import BETWEEN_BLOB_AND_ROW, INSTANTS
from faults.served import Served
from inscope_protocol.types import Scope

Card = tuple[str, Callable[[], Awaitable[None]]]
PASSINGS = 6
ROOM = 2**62


@dataclass
class Kill:
    """`at`: monotonic seconds."""

    what: str
    at: float


@dataclass
class Mischief:
    """`kills` is what counts; cuts, delays, halts and full disks come between.

    `cold`: how likely a server that is killed at random has to load its code anew, as on a machine that starts.
    """

    hospital: Hospital
    crowd: Crowd
    chance: Random
    cold: float = 0.0
    kills: list[Kill] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    backup: Backup | None = None
    set_back: list[SetBack] = field(default_factory=list)

    async def run(self, kills: int, shared: Scope) -> None:
        """So many more; and among the first of them a backup is begun, which `disaster` can go back to. It has an image
        under the consent `shared`, which is withdrawn then.
        """
        most, backing = len(self.kills) + kills, None
        begin = len(self.kills) + self.chance.randint(0, kills // 2)
        while len(self.kills) < most:
            deck = self._deck()
            self.chance.shuffle(deck)
            for name, act in deck:
                if len(self.kills) >= most:
                    break
                if backing is None and len(self.kills) >= begin:
                    backing = asyncio.create_task(self._back_up(shared))
                await asyncio.sleep(self.chance.uniform(0, 0.6))
                before = len(self.kills)
                await act()
                if len(self.kills) == before:
                    self.others.append(name)
        assert backing is not None
        await backing
        for one in self.hospital.served:
            one.limit_files(ROOM)
            await one.ready()

    async def disaster(self) -> None:
        """While nobody works."""
        assert self.backup is not None
        done = await set_back(self.hospital, self.crowd, self.backup)
        assert done.images, "what was withdrawn since the backup came back with it"
        self.set_back.append(done)

    async def _back_up(self, shared: Scope) -> None:
        self.backup = await backed_up(self.hospital, self.crowd)
        await self.crowd.withdraw(self.crowd.members[0], shared)

    def _deck(self) -> list[Card]:
        hospital = self.hospital
        deck: list[Card] = [("server", self._kill_a_server) for _ in range(3)]
        deck += [(instant, partial(self._kill_at, instant)) for instant in INSTANTS]
        deck += [("line cut", self._cut), ("line slow", self._slow), ("disk full", self._fill), ("halt", self._halt)]
        if hospital.postgres is not None:
            deck += [("PostgreSQL", self._kill_postgres), ("wires cut", self._cut_wires)]
        if hospital.valkey is not None:
            deck += [("Valkey", self._kill_valkey), ("Valkey halts", self._halt_valkey)]
        return deck

    def _any(self) -> Served:
        return self.chance.choice(self.hospital.served)

    def _killed(self, what: str) -> None:
        self.kills.append(Kill(what, time.monotonic()))

    async def _kill_a_server(self) -> None:
        """At any instant, also while it starts."""
        one = self._any()
        process, cold = one.process, self.chance.random() < self.cold
        one.kill(cold=cold)
        self._killed(f"{one.kind}, at random")
        await self._perhaps_wait_for(one, process)

    async def _kill_at(self, instant: str) -> None:
        one = self._any()
        await one.ready()
        process = one.process
        passing = 1 if instant == BETWEEN_BLOB_AND_ROW else self.chance.randint(1, PASSINGS)
        reached = await one.die_at(instant, passing, patience=8)
        self._killed(f"{one.kind}, {instant}" if reached else f"{one.kind}, at random")
        await self._perhaps_wait_for(one, process)

    async def _perhaps_wait_for(self, one: Served, process: int) -> None:
        if self.chance.random() < 0.7:
            await one.back(process)

    async def _kill_postgres(self) -> None:
        assert self.hospital.postgres is not None
        await asyncio.to_thread(self.hospital.postgres.kill)
        self._killed("PostgreSQL")
        await asyncio.to_thread(self.hospital.postgres.start)

    async def _kill_valkey(self) -> None:
        assert self.hospital.valkey is not None
        self.hospital.valkey.kill()
        self._killed("Valkey")
        await asyncio.sleep(self.chance.uniform(0, 1))
        await asyncio.to_thread(self.hospital.valkey.start)

    async def _halt_valkey(self) -> None:
        """It takes connections, and says nothing."""
        assert self.hospital.valkey is not None
        self.hospital.valkey.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(1)
        self.hospital.valkey.process.send_signal(signal.SIGCONT)

    async def _cut(self) -> None:
        self.hospital.line.cut()

    async def _cut_wires(self) -> None:
        """Also under a COMMIT whose answer the server then never gets."""
        assert self.hospital.wires is not None
        self.hospital.wires.cut()

    async def _slow(self) -> None:
        self.hospital.line.delay = 0.1
        await asyncio.sleep(0.5)
        self.hospital.line.delay = 0.0

    async def _fill(self) -> None:
        one = self._any()
        one.limit_files(0)
        await asyncio.sleep(0.5)
        one.limit_files(ROOM)

    async def _halt(self) -> None:
        """As a machine that swaps: it holds its locks, and goes on later."""
        one = self._any()
        one.signal(signal.SIGSTOP)
        await asyncio.sleep(0.5)
        one.signal(signal.SIGCONT)
