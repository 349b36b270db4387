"""What is new is noted for the devices that want to know, a moment after it was stored, and then pushed (SPEC S14.3).

Notes are in the database, so that any process pushes what another noted, and what failed is tried again. One that ends
within that first moment notes nothing: the message is there all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from functools import partial
from typing import Any

from ..accounts.service import Accounts
from ..clock import Clock
from ..database import Database, Transaction
from ..observing.instruments import PUSHES
from ..sweeping import unless_it_fails
from ..threads.service import Threads
from . import rules, store
from .push_service import PushServices
from .rules import Outcome

GATHERED_SECONDS = 0.2
CLAIMED = 60_000
"""Milliseconds after which another process may push what this one began to."""
AT_ONCE = 50

News = dict[tuple[str, str | None], set[str]]
"""Devices for which something is new, by the thread and the device that wrote it."""

log = logging.getLogger("inscope")


class Pushing:
    """`push`: None where no push service is called; then nothing is noted."""

    def __init__(
        self, database: Database, clock: Clock, accounts: Accounts, threads: Threads,
        push: PushServices | None, services: Collection[str],
    ) -> None:  # fmt: skip
        self.database, self.clock, self.accounts, self.threads = database, clock, accounts, threads
        self.push, self.services = push, services
        self._news: News = {}
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._under_way = set[asyncio.Task[None]]()

    def start(self) -> None:
        if self.push is not None:
            self._worker = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._worker is not None and self.push is not None:
            tasks = {self._worker, *self._under_way}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self.push.close()

    def news(self, thread: str, devices: Collection[str], author: str | None) -> None:
        """`author`: the device by which it is new, whose person knows."""
        if self._worker is not None:
            self._news.setdefault((thread, author), set()).update(devices)
            self._arrived.set()

    async def sweep(self) -> None:
        """What was noted for later, or failed."""
        if self.push is not None:
            await self._push_due(self.push)

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHERED_SECONDS)
            self._arrived.clear()
            news, self._news = self._news, {}
            try:
                await self._note(news)
                await self.sweep()
            except Exception as error:
                log.error("nobody was pushed what is new: %s", type(error).__name__)
                for about, devices in news.items():  # Until the next that is new.
                    self._news.setdefault(about, set()).update(devices)

    async def _note(self, news: News) -> None:
        async with self.database.read() as tx:
            dues = await self._dues(tx, news)
        if dues:
            async with self.database.write() as tx:
                await store.note(tx, dues)

    async def _dues(self, tx: Transaction, news: News) -> dict[str, tuple[int | None, int]]:
        """By device, what is noted now and what is to be. What came while a push was under way needs another."""
        now = self.clock.now()
        rows = [row for row in await store.of_devices(tx, set().union(*news.values())) if _may_note(row, now)]
        if not rows:
            return {}
        kinds = await self.threads.kinds(tx, [thread for thread, _ in news])
        authors = {author for _, author in news if author}
        devices = await self.accounts.devices(tx, {row.device for row in rows} | authors)
        people = {device: record.person for device, record in devices.items()}
        return {
            row.device: (row.due_at, rules.due(now, row.pushed_at if row.due_at is None else now))
            for row in rows
            if devices[row.device].is_active and _wanted(row, news, kinds, people)
        }

    async def _push_due(self, push: PushServices) -> None:
        """Begins them, and waits for none: one service that does not answer holds nobody else up."""
        while room := AT_ONCE - len(self._under_way):
            rows = await self.database.run(partial(self._claim, room))
            for row in rows:
                task = asyncio.create_task(unless_it_fails(self._push(push, row)))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            if len(rows) < room:
                return

    async def _claim(self, most: int, tx: Transaction) -> list[Any]:
        """Of devices that may act: what is due for another is forgotten, and its subscription too if it was revoked.
        One whose attestation has run out may be attested again.
        """
        now = self.clock.now()
        rows = await store.claim(tx, now, now + CLAIMED, most)
        devices = await self.accounts.devices(tx, {row.device for row in rows})
        may = {device for device, record in devices.items() if record.is_active}
        ended = {row.device for row in rows} - {of for of, record in devices.items() if record.revoked_at is None}
        await store.remove(tx, ended)
        for row in rows:
            if row.device not in may | ended:
                await store.settle(tx, row, None)
        return [row for row in rows if row.device in may]

    async def _push(self, push: PushServices, row: Any) -> None:
        outcome = await self._pushed(push, row)
        async with self.database.write() as tx:
            await self._settle(tx, row, outcome)

    async def _pushed(self, push: PushServices, row: Any) -> Outcome:
        """A service that is called no more is as one that has gone."""
        service = rules.service_of(row.endpoint, self.services)
        if service is None:
            return Outcome(gone=True)
        outcome = await push.push(row.endpoint, self.clock.now())
        PUSHES.labels("told" if outcome.told else "gone" if outcome.gone else "failed").inc()
        if outcome.why:
            log.warning("%s took no push: %s", service, outcome.why)
        return outcome

    async def _settle(self, tx: Transaction, row: Any, outcome: Outcome) -> None:
        now = self.clock.now()
        if outcome.gone:
            await store.gone(tx, row.device, row.endpoint)
        elif outcome.told:
            await store.settle(tx, row, None, pushed_at=now, failures=0)
        else:
            due = rules.again(now, row.failures + 1, outcome.wait)
            await store.settle(tx, row, due, failures=row.failures + 1 if due else 0)


def _may_note(row: Any, now: int) -> bool:
    """Nothing is noted, or what is noted is being pushed just now."""
    return row.due_at is None or (row.due_at <= now and (row.claimed_until or 0) > now)


def _wanted(row: Any, news: News, kinds: dict[str, str], people: dict[str, str]) -> bool:
    """Whether something is new for this device that its person did not write."""
    wanted = row.kinds.split()
    return any(
        row.device in devices and kinds.get(thread) in wanted and (author is None or people.get(author) != row.person)
        for (thread, author), devices in news.items()
    )
