"""A database whose answers are late by chance: transactions meet in far more ways than on an idle machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from inscope_server.database import Transaction

LATE = 0.15
LONGEST = 0.003  # seconds


class Hesitation:
    """While it is on, some statements wait a little first, as drawn by `random`."""

    def __init__(self) -> None:
        self.random: Random | None = None

    @contextmanager
    def on(self, random: Random) -> Iterator[None]:
        self.random = random
        try:
            yield
        finally:
            self.random = None

    async def pause(self) -> None:
        if self.random is not None and self.random.random() < LATE:
            await asyncio.sleep(self.random.random() * LONGEST)

    def transaction(self) -> type[Transaction]:
        """What the server opens instead of its own."""
        hesitation = self

        class Hesitant(Transaction):
            async def execute(self, statement: Any, parameters: Any = None) -> Any:
                await hesitation.pause()
                return await super().execute(statement, parameters)

            async def all(self, statement: Any, parameters: Any = None) -> list[Any]:
                await hesitation.pause()
                return await super().all(statement, parameters)

            async def first(self, statement: Any, parameters: Any = None) -> Any:
                await hesitation.pause()
                return await super().first(statement, parameters)

        return Hesitant
