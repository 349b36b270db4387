"""Sealed bytes in an object store: a local folder by default, S3, GCS or Azure by a URL. Names are random ids."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from ..errors import Refusal

PART_SIZE = 1_048_576
MOST_PARTS = 66


class BlobStore:
    """Objects `<blob>/<part>`. Raises Refusal `storage_full` when the store does not take a part."""

    def __init__(self, url: str) -> None:
        self.store = _open(url)

    async def put(self, blob: str, part: int, data: bytes) -> None:
        try:
            await obstore.put_async(self.store, f"{blob}/{part}", data)
        except (BaseError, OSError) as error:
            raise Refusal("storage_full") from error

    async def get(self, blob: str, part: int) -> bytes:
        try:
            result = await obstore.get_async(self.store, f"{blob}/{part}")
            return bytes(await result.bytes_async())
        except (FileNotFoundError, BaseError) as error:
            raise Refusal("not_found") from error

    async def delete(self, blob: str, count: int) -> None:
        """Deletes parts 0 … count-1; those that are gone already are fine."""
        for part in range(count):
            try:
                await obstore.delete_async(self.store, f"{blob}/{part}")
            except FileNotFoundError:
                continue


def _open(url: str) -> obstore.store.ObjectStore:
    if not url.startswith("file://"):
        return from_url(url)
    folder = Path(urlparse(url).path)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LocalStore(str(folder))
