"""Sealed bytes on their way up, by tus 1.0: a line that breaks off costs no more than was on it (SPEC S7.6)."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from inscope_protocol.types import BLOB_PART_BYTES, MAX_SEALED_SIZE

from ..caller import Caller
from ..database import Transaction
from ..errors import Refusal
from . import pieces, store
from .blobs import BlobStore
from .hashing import BlobHash, Hashes, Passing
from .service import Images

MOST_PIECES = 4_096
MOST_KEPT = 16
"""Pieces that stay as they came; what came in more is put together, since who reads it pays for each."""


@dataclass(frozen=True)
class Declared:
    """What the uploader says the whole will be; the same with every request."""

    size: int
    hash: bytes


@dataclass(frozen=True)
class Arrived:
    """`declared` is null before the first bytes. `whole`: all of it, and the hash is the one declared. `pieces`: how
    many it came in; `last`: the object of the last one.
    """

    offset: int
    declared: Declared | None
    whole: bool
    pieces: int
    last: str


class Uploading:
    """Pieces without gaps; each is an object first and a row after, so that a row never speaks of bytes not there."""

    def __init__(self, images: Images, blobs: BlobStore) -> None:
        self.images, self.blobs, self.database, self.hashes = images, blobs, images.database, Hashes()

    async def arrived(self, caller: Caller, blob: str) -> Arrived:
        async with self.database.read() as tx:
            await self._mine(tx, caller, blob)
            return await self._state(tx, blob)

    async def take(
        self, caller: Caller, blob: str, offset: int, declared: Declared, data: AsyncIterable[AsyncIterable[bytes]]
    ) -> Arrived:
        """Appends what comes, each piece as it comes; what is there now. Once it is all there, its hash is looked at.

        Raises `offset_mismatch` when other bytes are there than the uploader knows of; `blob_mismatch` when it declares
        another blob than before, or when the bytes are not what was declared: these are then forgotten.
        """
        if not 0 < declared.size <= MAX_SEALED_SIZE:
            raise Refusal("too_large", f"A sealed image is 1 to {MAX_SEALED_SIZE:,} bytes.")
        async with self.database.read() as tx:
            known = await self._expecting(tx, caller, blob, offset, declared)
        async for piece in data:
            known = await self._append(caller, blob, known, declared, piece)
        if known.offset == declared.size and not known.whole:
            await self._read_back(caller, blob)
        return known

    async def give_up(self, caller: Caller, blob: str) -> None:
        """What was asked for is not wanted any more: its bytes and its half are gone, and its preview's."""
        async with self.database.write() as tx:
            row = await self._mine(tx, caller, blob)
            picture = row.preview_of or row.disclosure
            await store.load(tx, picture, lock=True)
            await self._mine(tx, caller, blob)
            await store.move(tx, picture, "destroyed", "disclosure_lapsed")

    async def _mine(self, tx: Transaction, caller: Caller, blob: str, *, lock: bool = False) -> Any:
        """The pending disclosure of this device that the blob belongs to."""
        row = await store.of_blob(tx, blob, lock=lock)
        if row is None or row.device != caller.device or row.state == "destroyed":
            raise Refusal("not_found")
        if row.state != "pending" or row.lapses_at <= self.images.clock.now():
            raise Refusal("disclosure_lapsed")
        return row

    async def _state(self, tx: Transaction, blob: str) -> Arrived:
        """Pieces first: what they belong to was declared before them, and is read even if they came just now."""
        held, upload = await pieces.pieces_of(tx, blob), await pieces.upload_of(tx, blob)
        offset, last = sum(piece.size for piece in held), held[-1].object if held else ""
        if upload is None:
            return Arrived(offset, None, False, len(held), last)
        return Arrived(offset, Declared(upload.size, upload.hash), bool(upload.whole), len(held), last)

    async def _expecting(
        self, tx: Transaction, caller: Caller, blob: str, offset: int, declared: Declared, *, lock: bool = False
    ) -> Arrived:
        """What has come, if this blob's bytes from `offset` on come next."""
        await self._mine(tx, caller, blob, lock=lock)
        known = await self._state(tx, blob)
        if known.declared not in (None, declared):
            raise Refusal("blob_mismatch", "Another image was begun here before.")
        if offset != known.offset:
            raise Refusal("offset_mismatch")
        return known

    async def _append(
        self, caller: Caller, blob: str, known: Arrived, declared: Declared, data: AsyncIterable[bytes]
    ) -> Arrived:
        """What has come with that. Where all of it came here, and in few pieces, it is whole as it lies."""
        name = f"{known.offset}-{secrets.token_hex(8)}"
        passing = Passing(self.hashes.take(known.last, declared.size), declared.size - known.offset)
        await self.blobs.put(blob, name, passing.on(data), in_parts=False)
        whole = passing.digest() == declared.hash and known.pieces < MOST_KEPT
        then = Arrived(known.offset + passing.size, declared, whole, known.pieces + 1, name)
        try:
            if passing.too_many:
                raise Refusal("too_large", "More bytes than were declared.")
            await self.database.run(partial(self._note, caller, blob, known, then, declared))
        except Refusal:
            await self._discard(blob, [name])
            raise
        if passing.hash is not None and then.offset < declared.size:
            self.hashes.keep(name, passing.hash)
        return then

    async def _note(
        self, caller: Caller, blob: str, known: Arrived, then: Arrived, declared: Declared, tx: Transaction
    ) -> None:
        """Two that append at once: the row that is there decides, whatever either was told before."""
        now = await self._expecting(tx, caller, blob, known.offset, declared, lock=True)
        if now.last != known.last:
            raise Refusal("offset_mismatch")
        if now.pieces >= MOST_PIECES:
            raise Refusal("too_large", "This came in too many small pieces. Send it anew, in larger ones.")
        if now.declared is None:
            await pieces.declare(tx, blob, declared.size, declared.hash)
        await pieces.put_piece(tx, blob, now.offset, then.offset - now.offset, then.last)
        if then.whole:
            await pieces.is_whole(tx, blob)

    async def _discard(self, blob: str, names: list[str]) -> None:
        """A disclosure that ended while the bytes were on their way takes them with it."""
        async with self.database.write() as tx:
            row = await store.of_blob(tx, blob, lock=True)
            if row.state == "destroyed":
                await store.discard_blobs(tx, [blob])
        await self.blobs.delete_some(blob, names)

    async def _read_back(self, caller: Caller, blob: str) -> None:
        """Into one object, and hashes it meanwhile."""
        async with self.database.read() as tx:
            upload, held = await pieces.upload_of(tx, blob), await pieces.pieces_of(tx, blob)
        if upload is None or upload.whole:
            return
        name, sealed = f"whole-{secrets.token_hex(8)}", BlobHash(upload.size)
        await self.blobs.put(blob, name, self._hashed(blob, held, sealed))
        try:
            right = sealed.digest() == upload.hash
            await self.database.run(partial(self._settle, caller, blob, upload.size, name if right else None))
        except Refusal:
            await self._discard(blob, [name])
            raise
        await self.blobs.delete_some(blob, [*(piece.object for piece in held), *([] if right else [name])])
        if not right:
            raise Refusal("blob_mismatch")

    async def _hashed(self, blob: str, held: list[Any], sealed: BlobHash) -> AsyncIterable[bytes]:
        for piece in held:
            for start in range(0, piece.size, BLOB_PART_BYTES):
                data = await self.blobs.get(blob, piece.object, start, min(start + BLOB_PART_BYTES, piece.size))
                sealed.add(data)
                yield data

    async def _settle(self, caller: Caller, blob: str, size: int, name: str | None, tx: Transaction) -> None:
        await self._mine(tx, caller, blob, lock=True)
        if name is None:
            await pieces.forget(tx, [blob])
        else:
            await pieces.make_whole(tx, blob, size, name)
