"""Filings that may go no further, and packages that nobody fetches any more."""

from __future__ import annotations

from functools import partial

from ..database import Transaction
from ..sweeping import each, unless_it_fails
from . import rules, store
from .packages import Packages
from .service import Filings


class FilingSweeper:
    """`sweep()` does one round; what fails is tried again in the next one."""

    def __init__(self, filings: Filings, packages: Packages) -> None:
        self.filings, self.packages, self.database = filings, packages, filings.database

    async def sweep(self) -> None:
        await unless_it_fails(self._stop())
        await unless_it_fails(self._collect())

    async def _stop(self) -> None:
        async for filing in each(self.database, _stoppable):
            await unless_it_fails(self.database.run(partial(self.filings.look_again, filing=filing)))

    async def _collect(self) -> None:
        async for filing in each(self.database, store.remains):
            await unless_it_fails(self.packages.discard(filing))


async def _stoppable(tx: Transaction, after: str, most: int) -> list[str]:
    return await store.in_states(tx, rules.STOPPABLE, after, most)
