"""One entry for each release and each denial, without patient data (invariant 10)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..clock import Clock
from ..database import Database, Transaction
from . import store
from .chain import GENESIS, entry_bytes, link

COLUMNS = ("seq", "at", "event", "person", "disclosure", "outcome")

Event = Literal["ask", "attach", "open", "add", "question", "close", "consent", "report", "attestation"]
Outcome = Literal["permit", "deny", "suspended", "live", "destroyed", "recorded"]


@dataclass(frozen=True)
class Happening:
    """What the log keeps: identifiers that carry no meaning, codes, and the people whom a denial names."""

    event: Event
    outcome: Outcome
    person: str | None = None
    device: str | None = None
    thread: str | None = None
    disclosure: str | None = None
    consent: str | None = None
    version: int | None = None
    image: str | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)


class Audit:
    """The append-only log."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock

    async def record(self, tx: Transaction, happening: Happening) -> None:
        """Appends inside the caller's transaction: a release and its entry commit together or not at all."""
        seq, previous = await store.lock_head(tx)
        fields = {**asdict(happening), "seq": seq + 1, "at": self.clock.now()}
        body = entry_bytes(fields)
        row = {name: fields[name] for name in COLUMNS}
        await store.append(tx, {**row, "body": body, "hash": link(previous, body)})

    async def record_denial(self, happening: Happening) -> None:
        """A denial changes nothing else, so it has a transaction of its own."""
        async with self.database.write() as tx:
            await self.record(tx, happening)

    async def of_disclosure(self, tx: Transaction, disclosure: str, event: Event) -> list[Any]:
        """Rows (person, at, outcome) of one disclosure, oldest first."""
        return await store.of_disclosure(tx, disclosure, event)

    async def of_consent(
        self, tx: Transaction, consent: str, disclosures: Sequence[str], events: Sequence[Event]
    ) -> list[dict[str, Any]]:
        """Entries as hashed, oldest first: of these disclosures, and of asks that were denied and made none."""
        rows = await store.of_disclosures(tx, disclosures, events)
        rows += await store.denied_asks(tx) if "ask" in events else []
        found = {row.seq: json.loads(row.body) for row in rows}
        return [body for _, body in sorted(found.items()) if body["consent"] == consent]

    async def verify(self) -> int | None:
        """Follows the chain; returns the first sequence number that does not hold, or None.

        Entries appended meanwhile lie after the head that was read, and are followed too.
        """
        async with self.database.read() as tx:
            last, head_hash = await store.head_of(tx)
            rows = await store.all_entries(tx)
        previous = GENESIS
        for expected, row in enumerate(rows, start=1):
            previous = link(previous, row.body)
            if row.seq != expected or row.hash != previous or not _says_what_it_committed_to(row):
                return expected
        if len(rows) < last or (rows[last - 1].hash if last else GENESIS) != head_hash:
            return min(len(rows), last) + 1
        return None


def _says_what_it_committed_to(row: Any) -> bool:
    """The columns that queries read are copies of the hashed body."""
    body = json.loads(row.body)
    return all(getattr(row, name) == body[name] for name in COLUMNS)
