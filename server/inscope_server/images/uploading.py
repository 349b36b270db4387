"""Blobs in parts: put while the disclosure is pending, got while it is live (SPEC S7.6)."""

from __future__ import annotations

from typing import Any

from inscope_protocol.encoding import labelled_hash
from inscope_protocol.labels import BLOB_PART

from ..caller import Caller
from ..database import Transaction
from ..errors import Refusal
from . import store
from .blobs import MOST_PARTS, PART_SIZE, BlobStore
from .service import Images


class Uploading:
    """Parts are idempotent: the same bytes again are fine, others are refused, so that an upload can be resumed."""

    def __init__(self, images: Images, blobs: BlobStore) -> None:
        self.images, self.blobs, self.database = images, blobs, images.database

    async def put(self, caller: Caller, blob: str, part: int, data: bytes) -> list[int]:
        """Stores the object first and its row after, so that a row never speaks of bytes that are not there."""
        if not 0 < len(data) <= PART_SIZE or not 0 <= part < MOST_PARTS:
            raise Refusal("too_large", "A part is 1 to 1,048,576 bytes, and there are at most 66.")
        digest = labelled_hash(BLOB_PART, data)
        async with self.database.read() as tx:
            await self._mine(tx, caller, blob)
            held = await store.part_of(tx, blob, part)
        if held is None:
            await self.blobs.put(blob, part, data)
            held = await self._note_or_discard(caller, blob, part, len(data), digest)
        if held.hash != digest:
            raise Refusal("blob_mismatch", "Other bytes were uploaded for this part before.")
        async with self.database.read() as tx:
            return [row.part for row in await store.parts_of(tx, blob)]

    async def _note_or_discard(self, caller: Caller, blob: str, part: int, size: int, digest: bytes) -> Any:
        """A disclosure that ended while the bytes were on their way takes them with it."""
        try:
            return await self._note(caller, blob, part, size, digest)
        except Refusal:
            async with self.database.write() as tx:
                row = await store.of_blob(tx, blob, lock=True)
                if row.state == "destroyed":
                    await store.discard_blob(tx, blob)
            raise

    async def _note(self, caller: Caller, blob: str, part: int, size: int, digest: bytes) -> Any:
        async with self.database.write() as tx:
            await self._mine(tx, caller, blob, lock=True)
            if await store.part_of(tx, blob, part) is None:
                await store.put_part(tx, blob, part, size, digest)
            return await store.part_of(tx, blob, part)

    async def _mine(self, tx: Transaction, caller: Caller, blob: str, *, lock: bool = False) -> Any:
        """The pending disclosure of this device that the blob belongs to."""
        row = await store.of_blob(tx, blob, lock=lock)
        if row is None or row.device != caller.device or row.state == "destroyed":
            raise Refusal("not_found")
        if row.state != "pending" or row.lapses_at <= self.images.clock.now():
            raise Refusal("disclosure_lapsed")
        return row

    async def listing(self, caller: Caller, blob: str) -> list[dict[str, int]]:
        async with self.database.read() as tx:
            await self._mine(tx, caller, blob)
            return [{"n": row.part, "size": row.size} for row in await store.parts_of(tx, blob)]

    async def get(self, caller: Caller, blob: str, part: int) -> bytes:
        """The bytes, to members of the thread whom the consent covers now; to all others as if it never was."""
        async with self.database.read() as tx:
            row = await store.of_blob(tx, blob)
            if row is None or row.state != "live":
                raise Refusal("not_found")
            await self.images.threads.require(tx, caller, row.thread)
            if await self.images.gate.facts(tx).reasons(row, [caller.person]):
                raise Refusal("not_found")
            if await store.part_of(tx, blob, part) is None:
                raise Refusal("not_found")
        return await self.blobs.get(blob, part)
