"""How often a race is run: a few times in `make test`, as often as INSCOPE_PROCESS_ROUNDS says elsewhere."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from random import Random
from typing import TypeVar

ROUNDS = int(os.environ.get("INSCOPE_PROCESS_ROUNDS", "4"))
ROUNDS_OF_ONE = 25
"""Then others go on: a device may commit sixty times a minute."""
SPREAD = 0.004
"""Seconds; what lies between two requests that meet."""
T = TypeVar("T")


async def soon(chance: Random, work: Awaitable[T]) -> T:
    """After a moment that chance draws, so that each of two that race is first at times."""
    await asyncio.sleep(chance.uniform(0, SPREAD))
    return await work
