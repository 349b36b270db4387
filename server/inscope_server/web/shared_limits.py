"""Rate limits that hold across processes: what one takes, the others take from their own bucket of that key too.

Nobody is asked, and nothing waits: between a request and the moment at which the others have heard of it
(milliseconds), and for as long as Redis is away, each process counts what it sees itself. Then a limit is at most as
many times as wide as there are processes. What must hold to the one, such as the tries of a spoken code, is counted in
the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import msgspec
from msgspec import Raw, Struct

from .queue_entries import Told
from .rate_limit import Key, RateLimit

TAKEN = "taken"


class Taken(Struct, frozen=True, forbid_unknown_fields=True):
    """`count` tokens of `key`."""

    limit: str
    key: Key
    count: int


class SharedLimits:
    """`limits` by name, the same in all processes. `tell`: to the other processes."""

    def __init__(self, limits: Mapping[str, RateLimit], tell: Callable[[Told], None]) -> None:
        self.limits, self.tell = limits, tell
        for name, limit in limits.items():
            limit.tells = partial(self._tell, name)

    def _tell(self, name: str, key: Key, count: int) -> None:
        self.tell(Told(TAKEN, [], Raw(msgspec.json.encode(Taken(name, key, count)))))

    async def hear(self, told: Told) -> None:
        taken = msgspec.json.decode(told.data, type=Taken)
        limit = self.limits.get(taken.limit)
        if limit is not None:
            limit.taken(taken.key, taken.count)
