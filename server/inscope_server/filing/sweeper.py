"""Filings that may go no further, and packages that nobody fetches any more."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from functools import partial

from . import rules, store
from .packages import Packages
from .service import Filings

MOST = 200

log = logging.getLogger("inscope")


class FilingSweeper:
    """`sweep()` does one round; what fails is tried again in the next one."""

    def __init__(self, filings: Filings, packages: Packages) -> None:
        self.filings, self.packages, self.database = filings, packages, filings.database

    async def sweep(self) -> None:
        await _unless_it_fails(self._stop())
        await _unless_it_fails(self.packages.collect())

    async def _stop(self) -> None:
        after, found = "", [""]
        while found:
            async with self.database.read() as tx:
                found = await store.stoppable(tx, rules.STOPPABLE, after, MOST)
            for filing in found:
                await _unless_it_fails(self.database.run(partial(self.filings.look_again, filing=filing)))
            after = found[-1] if found else after


async def _unless_it_fails(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:
        log.error("a part of a sweep of filings failed and will be tried again: %s", type(error).__name__)
