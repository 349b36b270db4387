"""Which devices want to be told when they are not there, and by which push service (SPEC S14.1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from inscope_protocol.types import ThreadKind

from ..caller import Caller
from ..clock import Clock
from ..database import Database
from ..errors import Refusal
from ..web.rate_limit import RateLimit
from . import rules, store


class Notifications:
    """`key`: by which push services know this server, or None where it calls none; `services`: those that it calls."""

    def __init__(self, database: Database, clock: Clock, key: str | None, services: Collection[str]) -> None:
        self.database, self.clock, self.key, self.services = database, clock, key, services
        self.limit = RateLimit(clock, per_minute=10, burst=10)

    async def described(self, caller: Caller) -> dict[str, Any]:
        async with self.database.read() as tx:
            row = await store.of_device(tx, caller.device)
        return {"key": self.key, "kinds": row.kinds.split() if row and self.key else None}

    async def subscribe(self, caller: Caller, endpoint: str, kinds: Sequence[ThreadKind]) -> None:
        """In place of what this device, or this browser, had before. The same again changes nothing."""
        self.limit.take(caller.device)
        if rules.service_of(endpoint, self.services) is None:
            raise Refusal("push_service_unknown")
        wanted = " ".join(sorted(set(kinds)))

        async def put(tx: Any) -> None:
            row = await store.of_device(tx, caller.device)
            if row is None or (row.endpoint, row.kinds) != (endpoint, wanted):
                await store.put(tx, caller.device, caller.person, endpoint, wanted)

        await self.database.run(put)

    async def unsubscribe(self, caller: Caller) -> None:
        async with self.database.write() as tx:
            await store.remove(tx, [caller.device])
