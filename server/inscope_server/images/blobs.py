"""Sealed bytes in an object store: a local folder by default, S3, GCS or Azure by a URL. Names are random ids."""

from __future__ import annotations

import contextlib
from pathlib import Path
from urllib.parse import urlparse

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, from_url

from ..errors import Refusal

PART_SIZE = 1_048_576
MOST_PARTS = 66


class BlobStore:
    """Objects `<blob>/<part>`. Raises Refusal `storage_full` when the store does not take a part."""

    def __init__(self, url: str) -> None:
        self.store = _open(url)

    async def put(self, blob: str, part: int, data: bytes) -> None:
        """Never overwrites: other bytes under this name are `blob_mismatch`, the same again are fine."""
        try:
            await obstore.put_async(self.store, f"{blob}/{part}", data, mode="create")
        except AlreadyExistsError:
            if await self.get(blob, part) != data:
                raise Refusal("blob_mismatch", "Other bytes were uploaded for this part before.") from None
        except (BaseError, OSError) as error:
            raise Refusal("storage_full") from error

    async def get(self, blob: str, part: int) -> bytes:
        """Raises Refusal `not_found`, or `server_busy` when the store does not answer."""
        try:
            result = await obstore.get_async(self.store, f"{blob}/{part}")
            return bytes(await result.bytes_async())
        except FileNotFoundError as error:
            raise Refusal("not_found") from error
        except (BaseError, OSError) as error:
            raise Refusal("server_busy") from error

    async def delete(self, blob: str) -> None:
        """All parts that are there, also those of which no row speaks."""
        for found in await obstore.list(self.store, prefix=blob).collect_async():
            with contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self.store, found["path"])


def _open(url: str) -> obstore.store.ObjectStore:
    if not url.startswith("file://"):
        return from_url(url)
    folder = Path(urlparse(url).path)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LocalStore(str(folder), automatic_cleanup=True)
