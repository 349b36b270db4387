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
from . import pieces, rules, store
from .blobs import BlobStore
from .service import Images

MOST_PIECES = 4_096


@dataclass(frozen=True)
class Declared:
    """What the uploader says the whole will be; the same with every request."""

    size: int
    hash: bytes


@dataclass(frozen=True)
class Arrived:
    """`declared` is null before the first bytes. `whole`: all of it, and the hash is the one declared."""

    offset: int
    declared: Declared | None
    whole: bool


class Uploading:
    """Pieces without gaps; each is an object first and a row after, so that a row never speaks of bytes not there."""

    def __init__(self, images: Images, blobs: BlobStore) -> None:
        self.images, self.blobs, self.database = images, blobs, images.database

    async def arrived(self, caller: Caller, blob: str) -> Arrived:
        async with self.database.read() as tx:
            await self._mine(tx, caller, blob)
            return await self._state(tx, blob)

    async def take(self, caller: Caller, blob: str, offset: int, declared: Declared, data: AsyncIterable[bytes]) -> int:
        """Appends what comes, as it comes; how much is there now. Once it is all there, it is read back and hashed.

        Raises `offset_mismatch` when other bytes are there than the uploader knows of; `blob_mismatch` when it declares
        another blob than before, or when the bytes are not what was declared: these are then forgotten.
        """
        await self.database.run(partial(self._declare, caller, blob, offset, declared))
        async for piece in data:
            if offset + len(piece) > declared.size:
                raise Refusal("too_large", "More bytes than were declared.")
            await self._append(caller, blob, offset, piece)
            offset += len(piece)
        if offset == declared.size:
            await self._finish(caller, blob)
        return offset

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
        upload, held = await pieces.upload_of(tx, blob), await pieces.pieces_of(tx, blob)
        declared = None if upload is None else Declared(upload.size, upload.hash)
        return Arrived(sum(piece.size for piece in held), declared, upload is not None and bool(upload.whole))

    async def _declare(self, caller: Caller, blob: str, offset: int, declared: Declared, tx: Transaction) -> None:
        if not 0 < declared.size <= MAX_SEALED_SIZE:
            raise Refusal("too_large", f"A sealed image is 1 to {MAX_SEALED_SIZE:,} bytes.")
        await self._mine(tx, caller, blob, lock=True)
        known = await self._state(tx, blob)
        if known.declared is None:
            await pieces.declare(tx, blob, declared.size, declared.hash)
        elif known.declared != declared:
            raise Refusal("blob_mismatch", "Another image was begun here before.")
        if offset != known.offset:
            raise Refusal("offset_mismatch")

    async def _append(self, caller: Caller, blob: str, start: int, data: bytes) -> None:
        name = f"{start}-{secrets.token_hex(8)}"
        await self.blobs.put(blob, name, data)
        try:
            await self.database.run(partial(self._note, caller, blob, start, len(data), name))
        except Refusal:
            await self._discard(blob, [name])
            raise

    async def _note(self, caller: Caller, blob: str, start: int, size: int, name: str, tx: Transaction) -> None:
        """Two that append at once: the row that is there decides, whatever either was told before."""
        await self._mine(tx, caller, blob, lock=True)
        held = await pieces.pieces_of(tx, blob)
        if sum(piece.size for piece in held) != start:
            raise Refusal("offset_mismatch")
        if len(held) >= MOST_PIECES:
            raise Refusal("too_large", "This came in too many small pieces. Send it anew, in larger ones.")
        await pieces.put_piece(tx, blob, start, size, name)

    async def _discard(self, blob: str, names: list[str]) -> None:
        """A disclosure that ended while the bytes were on their way takes them with it."""
        async with self.database.write() as tx:
            row = await store.of_blob(tx, blob, lock=True)
            if row.state == "destroyed":
                await store.discard_blobs(tx, [blob])
        await self.blobs.delete_some(blob, names)

    async def _finish(self, caller: Caller, blob: str) -> None:
        """Reads the pieces back into one object, and hashes them meanwhile."""
        async with self.database.read() as tx:
            upload, held = await pieces.upload_of(tx, blob), await pieces.pieces_of(tx, blob)
        if upload is None or upload.whole:
            return
        name, sealed = f"whole-{secrets.token_hex(8)}", rules.BlobHash()
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

    async def _hashed(self, blob: str, held: list[Any], sealed: rules.BlobHash) -> AsyncIterable[bytes]:
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
