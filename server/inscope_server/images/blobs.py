"""Sealed bytes in an object store: a local folder by default, S3, GCS or Azure by a URL. Names are random ids."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterable
from pathlib import Path
from urllib.parse import urlparse

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from ..errors import Refusal
from ..observing.spans import part
from . import folder
from .store_trouble import check_address, in_words

PROBE = "ready/probe"
"""An object that need not be there: that the store says so is an answer."""


class BlobStore:
    """Objects `<blob>/<name>`, never written twice. Raises Refusal `storage_full` when the store does not take one.

    `folder`: where they are files on this machine. obstore writes those without syncing them, so it only lists and
    deletes them.
    """

    def __init__(self, url: str) -> None:
        """Raises ConfigError for what is no store's address."""
        check_address(url, os.environ)
        self.folder = Path(urlparse(url).path) if url.startswith("file://") else None
        try:
            self.store = from_url(url) if self.folder is None else _open(self.folder)
        except (BaseError, OSError, ValueError) as error:
            raise in_words(error) from error

    async def reach(self) -> None:
        """Returns once the store has answered."""
        with contextlib.suppress(FileNotFoundError):
            await obstore.head_async(self.store, PROBE)

    async def put(self, blob: str, name: str, data: bytes | AsyncIterable[bytes], *, in_parts: bool = True) -> None:
        """`in_parts`: what is too large to be held in memory goes to an object store in several requests. What is
        stopped in between stays there, hidden, so that less goes in one.
        """
        try:
            with part("images put"):
                if self.folder is not None:
                    await folder.put(self.folder / blob / name, data)
                else:
                    await obstore.put_async(
                        self.store, f"{blob}/{name}", data, use_multipart=None if in_parts else False
                    )
        except (BaseError, OSError) as error:
            raise Refusal("storage_full") from error

    async def get(self, blob: str, name: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`. Raises `not_found`, or `server_busy` when the store does not answer."""
        try:
            with part("images get"):
                if self.folder is not None:
                    return await folder.get(self.folder / blob / name, start, end)
                return bytes(await obstore.get_range_async(self.store, f"{blob}/{name}", start=start, end=end))
        except FileNotFoundError as error:
            raise Refusal("not_found") from error
        except (BaseError, OSError) as error:
            raise Refusal("server_busy") from error

    async def delete_some(self, blob: str, names: list[str]) -> None:
        """What is left over; whatever cannot be deleted now goes with the blob."""
        for name in names:
            with contextlib.suppress(BaseError, OSError):
                await obstore.delete_async(self.store, f"{blob}/{name}")

    async def delete(self, blob: str) -> None:
        """All objects that are there, also those of which no row speaks."""
        for found in await obstore.list(self.store, prefix=blob).collect_async():
            with contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self.store, found["path"])


def _open(place: Path) -> LocalStore:
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LocalStore(str(place), automatic_cleanup=True)
