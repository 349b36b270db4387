"""Sealed packages in parts: put while the filing is new, given to the gateway whole (SPEC S12.5, S12.7)."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Any, Protocol

from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_protocol.labels import BLOB_PART
from inscope_protocol.types import BLOB_PART_BYTES, MAX_PACKAGE

from ..caller import Caller
from ..clock import Clock
from ..database import Database, Transaction
from ..errors import Refusal
from . import rules, store
from .records import filing_of

MOST_PARTS = -(-MAX_PACKAGE // BLOB_PART_BYTES)


class Objects(Protocol):
    """Where sealed bytes lie (images/blobs.py)."""

    async def put(self, blob: str, name: str, data: bytes | AsyncIterable[bytes]) -> None: ...
    async def get(self, blob: str, name: str, start: int, end: int) -> bytes: ...
    async def delete(self, blob: str) -> None: ...


class Packages:
    def __init__(self, database: Database, clock: Clock, objects: Objects) -> None:
        self.database, self.clock, self.objects = database, clock, objects

    async def put(self, caller: Caller, filing: str, part: int, data: bytes) -> list[int]:
        """The object first and its row after. The same bytes again are fine, others `blob_mismatch`."""
        if not 0 < len(data) <= BLOB_PART_BYTES or not 0 <= part < MOST_PARTS:
            raise Refusal("too_large", f"A part is 1 to {BLOB_PART_BYTES:,} bytes, and there are at most {MOST_PARTS}.")
        digest = labelled_hash(BLOB_PART, data)
        async with self.database.read() as tx:
            row = await self._mine(tx, caller, filing)
        rules.check_part(filing_of(row), part, len(data))
        await self.objects.put(row.package, _name(part, digest), data)
        async with self.database.write() as tx:
            await self._mine(tx, caller, filing, lock=True)
            held = await store.part_of(tx, filing, part)
            if held is None:
                await store.put_part(tx, filing, part, len(data), digest)
            elif held.hash != digest:
                raise Refusal("blob_mismatch", "Other bytes were uploaded for this part before.")
            return [row.part for row in await store.parts_of(tx, filing)]

    async def held(self, tx: Transaction) -> list[str]:
        """The objects of all that waits for its gateway, or for its receipt."""
        return await store.packages_in(tx, ("waiting", "fetched"))

    async def _mine(self, tx: Transaction, caller: Caller, filing: str, *, lock: bool = False) -> Any:
        row = await store.load(tx, filing, lock=lock)
        if row is None or row.device != caller.device:
            raise Refusal("not_found")
        if row.state != "uploading" or row.lapses_at <= self.clock.now():
            raise Refusal("disclosure_lapsed")
        return row

    async def read(self, package: str, parts: Sequence[Any]) -> AsyncIterator[bytes]:
        """`parts`: their rows, in order."""
        for row in parts:
            yield await self.objects.get(package, _name(row.part, row.hash), 0, row.size)

    async def discard(self, filing: str) -> None:
        """Takes the package of a filing that is over out of the store."""
        async with self.database.read() as tx:
            row = await store.load(tx, filing)
        await self.objects.delete(row.package)
        async with self.database.write() as tx:
            await store.move(tx, filing, row.state, package=None)


def _name(part: int, digest: bytes) -> str:
    """Two that put other bytes for the same part do not write over each other: the row says whose are meant."""
    return f"{part}-{encode_base64url(digest)}"
