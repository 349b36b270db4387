"""What time alone changes: consents run out, unused disclosures lapse, deleted blobs leave the store.

The gate does not depend on it: an image past its instant is refused at opening even if the sweeper is late.
"""

from __future__ import annotations

from . import store
from .blobs import BlobStore
from .gate import ImageGate


class Sweeper:
    """`sweep()` does one round; each change is a transaction of its own."""

    def __init__(self, gate: ImageGate, blobs: BlobStore) -> None:
        self.gate, self.blobs, self.database = gate, blobs, gate.database

    async def sweep(self) -> None:
        await self._expire()
        await self._lapse()
        await self._collect()

    async def _expire(self) -> None:
        async with self.database.read() as tx:
            due = await self.gate.consents.due(tx, await store.shared_consents(tx))
        for consent in due:
            async with self.database.write() as tx:
                await self.gate.consents.hold(tx, consent)
                await self.gate.consent_changed(tx, consent)
                await self.gate.consents.passed(tx, consent)

    async def _lapse(self) -> None:
        async with self.database.write() as tx:
            for row in await store.lapsed(tx, self.gate.clock.now()):
                await store.move(tx, row.disclosure, "destroyed", "disclosure_lapsed")
                await store.discard_blob(tx, row.blob)

    async def _collect(self) -> None:
        async with self.database.read() as tx:
            due = await store.collectable(tx)
        for row in due:
            await self.blobs.delete(row.blob)
            async with self.database.write() as tx:
                await store.collected(tx, row.blob)
