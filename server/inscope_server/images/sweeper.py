"""What time alone changes: consents run out, attestations begin and end, images outlive their days, unused disclosures
lapse, deleted blobs leave the store, and what a database keeps of destroyed halves is emptied once nobody reads it.

The gate does not depend on it: an image past its instant is refused at opening even if the sweeper is late.
"""

from __future__ import annotations

from functools import partial

from ..database import Transaction
from ..sweeping import MOST, each, unless_it_fails
from . import store
from .blobs import BlobStore
from .gate import ImageGate


class Sweeper:
    """`sweep()` does one round, until nothing is left to do; what fails is tried again in the next one."""

    def __init__(self, gate: ImageGate, blobs: BlobStore) -> None:
        self.gate, self.blobs, self.database = gate, blobs, gate.database

    async def sweep(self) -> None:
        for step in (self._expire, self._attest, self._outlive, self._lapse, self._collect, self.database.shred):
            await unless_it_fails(step())

    async def _expire(self) -> None:
        async for consent in each(self.database, self.gate.consents.due):
            await unless_it_fails(self.database.run(partial(self._ends, consent)))

    async def _ends(self, consent: str, tx: Transaction) -> None:
        await self.gate.consents.hold(tx, consent)
        await self.gate.consent_changed(tx, consent)
        await self.gate.consents.passed(tx, consent)

    async def _attest(self) -> None:
        attesting = self.gate.accounts.attesting
        async for person in each(self.database, attesting.due):
            await unless_it_fails(self.database.run(partial(attesting.passed, person=person)))

    async def _outlive(self) -> None:
        """What was kept long enough (S12.11)."""
        retention = self.gate.retention
        for organisation, until in retention.ends(self.gate.clock.now()):
            page = partial(_attached, organisation, list(retention.organisations), until)
            async for disclosure in each(self.database, page):
                await unless_it_fails(self.database.run(partial(self.gate.time_is_over, disclosure=disclosure)))

    async def _lapse(self) -> None:
        while await self._lapse_some() == MOST:
            pass

    async def _lapse_some(self) -> int:
        async with self.database.write() as tx:
            rows = await store.lapsed(tx, self.gate.clock.now(), MOST)
            for row in rows:
                await store.move(tx, row.disclosure, "destroyed", "disclosure_lapsed")
        return len(rows)

    async def _collect(self) -> None:
        async for blob in each(self.database, store.collectable):
            await unless_it_fails(self._delete(blob))

    async def _delete(self, blob: str) -> None:
        await self.blobs.delete(blob)
        async with self.database.write() as tx:
            await store.collected(tx, blob)


async def _attached(
    whose: str | None, others: list[str], until: int, tx: Transaction, after: str, most: int
) -> list[str]:
    return await store.attached_before(tx, whose, others, until, after, most)
