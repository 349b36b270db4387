"""Questions to the database that come together are asked as one: while a read is under way, the next gathers.

Nobody is told what was true before they asked: the read that answers a question begins after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from ..observing.spans import Span, current, together

MOST = 500
"""Questions in one read."""
Key = TypeVar("Key")
Value = TypeVar("Value")


class SharedReads(Generic[Key, Value]):
    """`read`: the answers to many questions; what is not in it is None."""

    def __init__(self, read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        self.read = read
        self.waiting: dict[Key, asyncio.Future[Value | None]] = {}
        self.spans: list[Span | None] = []
        self.reader: asyncio.Task[None] | None = None

    async def ask(self, key: Key) -> Value | None:
        """Raises what the read raised."""
        if key not in self.waiting:
            self.waiting[key] = asyncio.get_running_loop().create_future()
        answer = self.waiting[key]
        self.spans.append(current())
        if self.reader is None:  # In a context of its own: what it reads later is not of the request that began it.
            self.reader = asyncio.create_task(self._read_on(), context=Context())
        return await asyncio.shield(answer)  # Others may wait for it too.

    async def _read_on(self) -> None:
        try:
            while self.waiting:
                asked = {key: self.waiting.pop(key) for key in list(self.waiting)[:MOST]}
                spans, self.spans = self.spans, []
                with together(spans):
                    await self._answer(asked)
        finally:
            self.reader = None

    async def _answer(self, asked: Mapping[Key, asyncio.Future[Value | None]]) -> None:
        try:
            found = await self.read(list(asked))
        except Exception as error:
            for answer in asked.values():
                answer.set_exception(error)
        else:
            for key, answer in asked.items():
                answer.set_result(found.get(key))
