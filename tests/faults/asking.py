"""How a device asks on a line that breaks: the same again, until it has an answer that is one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from world.device import Answer

PAUSE = 0.05
LONGEST = 15.0
NOT_NOW = {"server_busy", "storage_full", "rate_limited", "authority_unavailable", "too_slow"}
BROKEN = (aiohttp.ClientError, TimeoutError, ConnectionError, OSError)


async def once(ask: Callable[[], Awaitable[Answer]]) -> Answer | None:
    """None where nobody answered."""
    try:
        return await asyncio.wait_for(ask(), LONGEST)
    except BROKEN:
        return None


async def until_answered(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    while True:
        answer = await once(ask)
        if answer is not None and answer.code not in NOT_NOW:
            return answer
        await asyncio.sleep(PAUSE if answer is None or answer.code != "rate_limited" else 1)
