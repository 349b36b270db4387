"""The scripts of each release, kept where all processes find them.

While one release's processes are replaced by the next one's, a page comes from one and what it leads to is asked of the
other. The names under `assets/` hold a hash of what is in them, so two releases never mean different bytes by one name.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

import obstore
from obstore.exceptions import BaseError

from ..audit.log_key import LogKey
from ..clock import Clock
from ..config import Config, ConfigError
from ..errors import Refusal
from ..images.blobs import BlobStore
from ..web.client import ASSETS, served

PLACE, PURPOSE = "client", "client files"
TAG = 32
AT_ONCE = 8
MOST_BYTES = 16 * 1024 * 1024
"""Of one file, and of all that are held in memory: a client is a few megabytes."""
PATIENCE_SECONDS = 5.0
MIGRATION_SECONDS = 60.0
LISTED_FOR = 5_000
"""Milliseconds for which what is there is known: whoever makes names up asks nothing of the store."""


class Releases:
    """`log_key`: all processes of one server have it, and the store does not.

    An object is a tag (BLAKE2b, keyed, over name and bytes) and the bytes: who can write into the store cannot make
    one, and what they put there is delivered to nobody.
    """

    def __init__(self, blobs: BlobStore, clock: Clock, log_key: LogKey) -> None:
        self.blobs, self.clock, self._key = blobs, clock, log_key.secret_for(PURPOSE)
        self._sizes: dict[str, int] = {}
        self._listed = -LISTED_FOR
        self._read: dict[str, bytes] = {}
        self._turn = asyncio.Lock()

    async def keep(self, files: Mapping[str, Path]) -> int:
        """Of a built client's files (`served`), those that pages lead to; how many were not there yet.

        Raises Refusal `storage_full`, also where the store does not answer.
        """
        there, turns = dict[str, int](), asyncio.Semaphore(AT_ONCE)
        with contextlib.suppress(BaseError, OSError):  # A bucket that its first object makes cannot be listed before.
            there = await self._list()

        async def put(name: str, data: bytes) -> None:
            async with turns:
                await self.blobs.put(PLACE, name, self._tag(name, data) + data)

        names = {path.removeprefix(ASSETS): file for path, file in files.items() if path.startswith(ASSETS)}
        new = {name: file.read_bytes() for name, file in names.items()}
        new = {name: data for name, data in new.items() if there.get(name) != TAG + len(data)}
        await asyncio.gather(*(put(name, data) for name, data in new.items()))
        return len(new)

    async def find(self, path: str) -> bytes | None:
        """What another release has under this name, if one does and the store answers. The same bytes for all who ask:
        they are held once, however many read them, and however slowly.
        """
        name = path.removeprefix(ASSETS)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._turn:
                if name not in self._read:
                    self._keep(name, await self._verified(name))
                return self._read.get(name)
        except (BaseError, OSError, Refusal):
            return None

    def _keep(self, name: str, data: bytes | None) -> None:
        if data is not None:
            while self._read and len(data) + sum(map(len, self._read.values())) > MOST_BYTES:
                del self._read[next(iter(self._read))]
            self._read[name] = data

    async def _verified(self, name: str) -> bytes | None:
        size = (await self._known()).get(name, 0)
        if not TAG <= size <= MOST_BYTES:
            return None
        whole = await self.blobs.get(PLACE, name, 0, size)
        tag, data = whole[:TAG], whole[TAG:]
        return data if hmac.compare_digest(tag, self._tag(name, data)) else None

    async def _known(self) -> dict[str, int]:
        if self.clock.now() - self._listed >= LISTED_FOR:
            self._listed = self.clock.now()
            self._sizes = await self._list()
        return self._sizes

    async def _list(self) -> dict[str, int]:
        """Bytes of each object, by its name."""
        found = await obstore.list(self.blobs.store, prefix=PLACE).collect_async()
        return {one["path"].removeprefix(f"{PLACE}/"): one["size"] for one in found}

    def _tag(self, name: str, data: bytes) -> bytes:
        tag = hashlib.blake2b(key=self._key, digest_size=TAG)
        tag.update(len(name).to_bytes(4, "big") + name.encode())
        tag.update(data)
        return tag.digest()


def keep_client(config: Config) -> str:
    """`inscope migrate`, before the processes are replaced. What came of it, in words: nothing serves worse for it."""
    files = served(Path(config.client_dir).resolve())
    try:
        releases = Releases(BlobStore(config.blobs), Clock(), LogKey.open(config.log_key))
        new = asyncio.run(asyncio.wait_for(releases.keep(files), MIGRATION_SECONDS))
    except ConfigError as error:
        return f"The client's files were not kept: {error}"
    except (TimeoutError, Refusal):
        return "The client's files were not kept: blob_url's store did not take them; see inscope check."
    return f"The client's files are kept for pages that other processes deliver: {new} of them new."
