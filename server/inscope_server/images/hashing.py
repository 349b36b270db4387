"""The hash of a blob, of bytes as they come (SPEC S7.6), and those of the uploads that come here."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from inscope_protocol.encoding import LabelledHash, labelled_hash
from inscope_protocol.labels import BLOB, BLOB_PART
from inscope_protocol.types import BLOB_PART_BYTES

MOST = 1_000
"""Uploads whose hash is kept. What is forgotten is read back in the end."""


class BlobHash:
    """Of `size` bytes, in pieces of any length."""

    def __init__(self, size: int) -> None:
        self.left, self.parts = size, list[bytes]()
        self._begin_part()

    def _begin_part(self) -> None:
        self.missing = min(BLOB_PART_BYTES, self.left)
        self.part = LabelledHash(BLOB_PART, self.missing)

    def add(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            some, view = view[: self.missing], view[self.missing :]
            self.part.add(some)
            self.missing, self.left = self.missing - len(some), self.left - len(some)
            if not self.missing:
                self.parts.append(self.part.digest())
                self._begin_part()

    def digest(self) -> bytes | None:
        """Null until all is there."""
        return None if self.left else labelled_hash(BLOB, *self.parts)


class Passing:
    """Bytes of an upload on their way to the store: counted, at most `room` of them; hashed, if those before were."""

    def __init__(self, before: BlobHash | None, room: int) -> None:
        self.hash, self.room, self.size = before, room, 0

    async def on(self, data: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async for some in data:
            self.size += len(some)
            if self.too_many:
                return
            if self.hash is not None:
                self.hash.add(some)
            yield some

    @property
    def too_many(self) -> bool:
        return self.size > self.room

    def digest(self) -> bytes | None:
        """Of the whole blob, where these were its last bytes and all could be hashed."""
        return None if self.hash is None else self.hash.digest()


class Hashes:
    """Of uploads whose bytes all came to this process, each as far as it has come: by the object with its last bytes,
    since that name was drawn here and no other bytes go before it.
    """

    def __init__(self) -> None:
        self.held: dict[str, BlobHash] = {}

    def take(self, last: str, size: int) -> BlobHash | None:
        """A new one where nothing has come; null where something came elsewhere. It is the caller's alone."""
        return self.held.pop(last, None) if last else BlobHash(size)

    def keep(self, last: str, found: BlobHash) -> None:
        if len(self.held) >= MOST:
            del self.held[next(iter(self.held))]
        self.held[last] = found
