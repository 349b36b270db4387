"""A backup of a server that goes on serving: every table as of one instant, and the sealed bytes that they name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import obstore
from sqlalchemy import Table, select

from ..app import Server
from ..config import ConfigError
from ..database import Transaction
from ..images.store_trouble import store_told
from ..migrate import revision_of
from ..progress import stage
from ..schema import require_this_schema
from . import manifest as manifests
from .rows import kept, lines

BATCH = 1000


async def back_up(server: Server, folder: Path, *, with_images: bool) -> manifests.Manifest:
    """Into a folder that is not there yet. Raises ConfigError where it is, and for a database of another release."""
    await require_this_schema(server.database)
    try:
        (folder / "tables").mkdir(parents=True, mode=0o700)
    except FileExistsError as error:
        raise ConfigError(f"{folder} holds a backup already: name another folder") from error
    async with server.database.snapshot() as tx:
        schema = await tx.connection.run_sync(revision_of)
        size = await server.audit.size(tx)
        tables = await _write_tables(tx, folder)
        blobs = [*await server.images.shared_blobs(tx), *await server.packages.held(tx)]
    with store_told():
        images = await _copy_sealed(server, blobs, folder) if with_images else {}
    made = manifests.Manifest(
        manifests.FORMAT, schema or "", server.clock.now(), server.audit.key.log, size, tables, images
    )
    manifests.write(folder, made)
    return made


async def _write_tables(tx: Transaction, folder: Path) -> dict[str, manifests.Stored]:
    written: dict[str, manifests.Stored] = {}
    with stage("Tables", len(kept())) as advance:
        for table in kept():
            written[table.name] = await _write_table(tx, table, folder)
            advance(1)
    return written


async def _write_table(tx: Transaction, table: Table, folder: Path) -> manifests.Stored:
    digest, count = hashlib.sha256(), 0
    with manifests.table_file(folder, table.name).open("xb") as file:
        async with tx.connection.stream(select(table).execution_options(yield_per=BATCH)) as rows:
            async for some in rows.partitions(BATCH):
                for line in lines(table, some):
                    digest.update(line)
                    file.write(line)
                count += len(some)
    return manifests.Stored(count, digest.hexdigest())


async def _copy_sealed(server: Server, blobs: list[str], folder: Path) -> dict[str, str]:
    """What a withdrawal takes away meanwhile is not there any more, and is not wanted either."""
    copied: dict[str, str] = {}
    with stage("Sealed images", len(blobs)) as advance:
        for blob in blobs:
            copied |= await _copy_blob(server, blob, folder)
            advance(1)
    return copied


async def _copy_blob(server: Server, blob: str, folder: Path) -> dict[str, str]:
    copied: dict[str, str] = {}
    for found in await obstore.list(server.blobs.store, prefix=blob).collect_async():
        target = manifests.image_file(folder, found["path"])
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            held = bytes(await (await obstore.get_async(server.blobs.store, found["path"])).bytes_async())
        except FileNotFoundError:
            continue
        target.write_bytes(held)
        copied[found["path"]] = hashlib.sha256(held).hexdigest()
    return copied
