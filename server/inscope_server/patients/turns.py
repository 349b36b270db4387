"""Turns at something slow: few at once, and fair between those who ask, however much one of them asks for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..errors import Refusal


class Turns:
    """`at_once` have their turn at a time. Who waits is served in rotation, one of each; of one, `most` may wait."""

    def __init__(self, at_once: int, most: int) -> None:
        self._free, self._most = at_once, most
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def of(self, whose: str) -> AsyncIterator[None]:
        """Raises `rate_limited` where too many of the same wait already."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(whose)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, whose: str) -> None:
        line = self._waiting.setdefault(whose, deque())
        if len(line) >= self._most:
            raise Refusal("rate_limited")
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # It had come, and is not used.
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """To the next in rotation who still waits."""
        while self._waiting:
            whose, line = next(iter(self._waiting.items()))
            turn = line.popleft()
            del self._waiting[whose]
            if line:
                self._waiting[whose] = line  # Behind all others.
            if not turn.done():
                return turn.set_result(None)
        self._free += 1
