"""What is new is noted for the devices that want to know, a moment after it was stored, and then pushed (SPEC S14.3).

Notes are in the database, so that any process pushes what another noted, and what failed is tried again. One that ends
within that first moment notes nothing: the message is there all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from ..accounts.service import Accounts
from ..clock import Clock
from ..database import Database, Transaction
from ..observing.instruments import PUSHES
from ..threads.service import Threads
from . import rules, store
from .push_service import PushServices
from .rules import Outcome

GATHERED_SECONDS = 0.2
CLAIMED = 60_000
"""Milliseconds after which another process may push what this one began to."""
AT_ONCE = 50

log = logging.getLogger("inscope")


class Pushing:
    """`push`: None where no push service is called; then nothing is noted."""

    def __init__(
        self, database: Database, clock: Clock, accounts: Accounts, threads: Threads,
        push: PushServices | None, services: Collection[str],
    ) -> None:  # fmt: skip
        self.database, self.clock, self.accounts, self.threads = database, clock, accounts, threads
        self.push, self.services = push, services
        self._news: dict[str, set[str]] = {}
        self._authors: set[str] = set()
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self.push is not None:
            self._worker = asyncio.create_task(self._run(self.push))

    async def close(self) -> None:
        if self._worker is not None and self.push is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])
            await self.push.close()

    def news(self, thread: str, devices: Collection[str], author: str | None) -> None:
        """`author`: the device by which it is new, whose person knows."""
        if self._worker is not None:
            self._news.setdefault(thread, set()).update(devices)
            self._authors |= {author} if author else set()
            self._arrived.set()

    async def sweep(self) -> None:
        """What was noted for later, or failed."""
        if self.push is not None:
            await self._push_due(self.push)

    async def _run(self, push: PushServices) -> None:
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHERED_SECONDS)
            self._arrived.clear()
            news, authors, self._news, self._authors = self._news, self._authors, {}, set()
            try:
                await self._note(news, authors)
                await self._push_due(push)
            except Exception as error:
                log.error("nobody was pushed what is new: %s", type(error).__name__)
                for thread, devices in news.items():  # Until the next that is new.
                    self._news.setdefault(thread, set()).update(devices)

    async def _note(self, news: dict[str, set[str]], authors: set[str]) -> None:
        async with self.database.read() as tx:
            dues = await self._dues(tx, news, authors)
        if dues:
            async with self.database.write() as tx:
                await store.note(tx, dues)

    async def _dues(self, tx: Transaction, news: dict[str, set[str]], authors: set[str]) -> dict[str, int]:
        """By device, in their order."""
        rows = [row for row in await store.of_devices(tx, set().union(*news.values())) if row.due_at is None]
        if not rows:
            return {}
        kinds = await self.threads.kinds(tx, list(news))
        devices = await self.accounts.devices(tx, {row.device for row in rows} | authors)
        by = {devices[author].person for author in authors if author in devices}
        now = self.clock.now()
        return {
            row.device: rules.due(now, row.pushed_at)
            for row in rows
            if row.person not in by and devices[row.device].is_active and _wanted(row, news, kinds)
        }

    async def _push_due(self, push: PushServices) -> None:
        while rows := await self.database.run(self._claim):
            outcomes = await asyncio.gather(*(self._pushed(push, row) for row in rows))
            async with self.database.write() as tx:
                for row, outcome in zip(rows, outcomes, strict=True):
                    await self._settle(tx, row, outcome)

    async def _claim(self, tx: Transaction) -> list[Any]:
        now = self.clock.now()
        return await store.claim(tx, now, now + CLAIMED, AT_ONCE)

    async def _pushed(self, push: PushServices, row: Any) -> Outcome:
        """A service that is called no more is as one that has gone."""
        if not rules.admitted(row.endpoint, self.services):
            return Outcome(gone=True)
        outcome = await push.push(row.endpoint, self.clock.now())
        PUSHES.labels("told" if outcome.told else "gone" if outcome.gone else "failed").inc()
        if outcome.why:
            log.warning("%s took no push: %s", urlsplit(row.endpoint).hostname, outcome.why)
        return outcome

    async def _settle(self, tx: Transaction, row: Any, outcome: Outcome) -> None:
        now = self.clock.now()
        if outcome.gone:
            await store.gone(tx, row.device, row.endpoint)
        elif outcome.told:
            await store.settle(tx, row.device, row.endpoint, due_at=None, pushed_at=now, failures=0)
        else:
            due = rules.again(now, row.failures + 1, outcome.wait)
            await store.settle(tx, row.device, row.endpoint, due_at=due, failures=row.failures + 1 if due else 0)


def _wanted(row: Any, news: dict[str, set[str]], kinds: dict[str, str]) -> bool:
    wanted = row.kinds.split()
    return any(row.device in devices and kinds.get(thread) in wanted for thread, devices in news.items())
