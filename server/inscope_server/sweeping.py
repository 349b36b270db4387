"""What sweeps have in common: a few at a time, and one failure never holds up the rest."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from .database import Database, Transaction

MOST = 200

log = logging.getLogger("inscope")
Page = Callable[[Transaction, str, int], Awaitable[list[str]]]


async def each(database: Database, page: Page) -> AsyncIterator[str]:
    """All that `page(tx, after, most)` names, each once, a few at a time: also what is still there afterwards."""
    after, found = "", [""]
    while found:
        async with database.read() as tx:
            found = await page(tx, after, MOST)
        for one in found:
            yield one
        after = found[-1] if found else after


async def unless_it_fails(work: Awaitable[None]) -> None:
    """The kind of a failure is logged; its text could hold what was stored."""
    try:
        await work
    except Exception as error:
        log.error("a part of a sweep failed and will be tried again: %s", type(error).__name__)
