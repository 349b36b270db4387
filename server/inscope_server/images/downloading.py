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
STANDS_MS = 1_000
"""How long a decision is gone by, while bytes are on their way."""


@dataclass(frozen=True)
class Stored:
    """The bytes of a live image, for whom they were found to be. They never change, so that the blob's own id names
    them for good. `decided`: when, in milliseconds, and how many halves had been destroyed here by then.
    """

    blob: str
    size: int
    pieces: list[Any]
    decided: tuple[int, int]


class Downloading:
    def __init__(self, images: Images, blobs: BlobStore) -> None:
        self.images, self.blobs, self.database = images, blobs, images.database

    async def stored(self, caller: Caller, blob: str, *, again: bool = False) -> Stored:
        """To all whom it is not for, as if it never was: raises `not_found`. `again`: the request was let in before."""
        decided, accounts = self._now(), self.images.gate.accounts
        async with self.database.read() as tx:
            if again and not await accounts.sessions.is_signed_in(tx, caller.device):
                raise Refusal("not_found")
            row = await store.of_blob(tx, blob)
            if row is None or row.state != "live":
                raise Refusal("not_found")
            thread = await self.images.threads.require(tx, caller, row.thread)
            if await self.images.gate.facts(tx).having(thread).reasons(row, [caller.person]):
                raise Refusal("not_found")
            held = await pieces.pieces_of(tx, blob)
        return Stored(blob, sum(piece.size for piece in held), held, decided)

    def _now(self) -> tuple[int, int]:
        return self.images.clock.now(), self.database.destroyed

    async def read(self, caller: Caller, stored: Stored, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`. Whether they are still for the caller, and the caller's device is still
        signed in, is asked again when the decision is a second old, and when a half was destroyed here since.
        """
        for piece in stored.pieces:
            first, last = max(start - piece.start, 0), min(end - piece.start, piece.size)
            for at in range(first, last, READ):
                if not self._stands(stored):
                    stored = await self.stored(caller, stored.blob, again=True)
                yield await self.blobs.get(stored.blob, piece.object, at, min(at + READ, last))

    def _stands(self, stored: Stored) -> bool:
        (at, destroyed), (now, destroyed_now) = stored.decided, self._now()
        return 0 <= now - at < STANDS_MS and destroyed == destroyed_now
