"""Sealed bytes on their way down: any stretch of them, to members whom the consent covers now (SPEC S7.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from ..caller import Caller
from ..errors import Refusal
from . import pieces, store
from .blobs import BlobStore
from .service import Images

READ = 262_144
"""Bytes at a time: what is on its way when a consent ends."""


@dataclass(frozen=True)
class Stored:
    """The bytes of a live image. They never change, so that the blob's own id names them for good."""

    blob: str
    size: int
    pieces: list[Any]


class Downloading:
    def __init__(self, images: Images, blobs: BlobStore) -> None:
        self.images, self.blobs, self.database = images, blobs, images.database

    async def stored(self, caller: Caller, blob: str) -> Stored:
        """To all whom it is not for, as if it never was: raises `not_found`."""
        async with self.database.read() as tx:
            row = await store.of_blob(tx, blob)
            if row is None or row.state != "live":
                raise Refusal("not_found")
            await self.images.threads.require(tx, caller, row.thread)
            if await self.images.gate.facts(tx).reasons(row, [caller.person]):
                raise Refusal("not_found")
            held = await pieces.pieces_of(tx, blob)
        return Stored(blob, sum(piece.size for piece in held), held)

    async def read(self, caller: Caller, stored: Stored, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`; whether they are still for the caller is asked again on the way."""
        for at in range(start, end, READ):
            if at > start:
                await self.stored(caller, stored.blob)
            yield await self._bytes(stored, at, min(at + READ, end))

    async def _bytes(self, stored: Stored, start: int, end: int) -> bytes:
        """Out of whatever pieces they lie in."""
        found = bytearray()
        for piece in stored.pieces:
            first, last = max(start - piece.start, 0), min(end - piece.start, piece.size)
            if first < last:
                found += await self.blobs.get(stored.blob, piece.object, first, last)
        return bytes(found)
