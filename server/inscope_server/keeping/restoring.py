"""A backup back into an empty database, in one transaction: before it commits, all that ended since has ended again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import obstore
from sqlalchemy import Table, delete, insert, select

from ..app import Server
from ..audit.verifying import verify_stored
from ..config import ConfigError
from ..database import Transaction
from ..images.store_trouble import store_told
from ..migrate import revision_of, upgrade_database
from ..progress import Advance, stage
from . import copied
from . import manifest as manifests
from .replay import Replay
from .rows import kept, values

BATCH = 500


@dataclass(frozen=True)
class Restored:
    """`entries` of the log were replayed, and ended `images` again; `threads` are told that the server was set back.

    `forgotten`: consents of which a newer version could not be verified.
    """

    entries: int
    images: int
    threads: int
    forgotten: int


async def restore(server: Server, folder: Path, log_copy: Path | None, *, without_authority: bool = False) -> Restored:
    """Without a copy of the log nobody knows what was withdrawn meanwhile: then every image ends. `without_authority`:
    what it signed since is not verified, and those consents are forgotten.

    Raises LogFault where the backup's log does not hold, ConfigError for what is no whole backup or of another schema
    or log, and for a database that holds something.
    """
    manifest = manifests.read(folder)
    authority = {} if log_copy is None or without_authority else await _authority(server)
    with store_told():
        await server.blobs.reach()
    if manifest.log != server.audit.key.log:
        raise ConfigError("log_key_file: the backup's log is signed with another key; restore that file first")
    await upgrade_database(server.database)
    async with server.database.write() as tx:
        await _check(tx, manifest)
        with stage("Rows", sum(stored.rows for stored in manifest.tables.values())) as advance:
            for table in kept():
                await _fill(tx, table, folder, advance)
        await verify_stored(tx, ())
        threads = await server.threads.tell_restored(tx)
        replay = Replay(server, tx, authority)
        if log_copy is not None:
            await replay.run(*copied.read(log_copy), manifest.size)
        ended = replay.ended
        await server.gate.close_pending(tx)
        if log_copy is None:
            ended += await server.gate.close_all(tx, "server_restored")
        for consent in sorted(replay.consents):
            ended += len(await server.changes.consent(tx, consent))
        for person in sorted(replay.people):
            ended += len(await server.changes.person(tx, person))
        with store_told():  # Before the commit: where it fails, all can be done again.
            await _put_images_back(server, folder, manifest)
    return Restored(replay.entries, ended, threads, len(replay.forgotten))


async def _authority(server: Server) -> dict[str, str]:
    """Who signs for patients. Raises ConfigError where an authority of its own does not run."""
    try:
        return await server.authority.identify()
    except ConfigError as error:
        remedy = (
            f"{error.remedy} (`inscope migrate` makes the tables that it starts with in a new database). With "
            "--without-authority every consent that a patient changed by themselves since the backup is forgotten"
        )
        raise ConfigError(error.message, remedy) from error
    finally:
        await server.authority.close()


async def _check(tx: Transaction, manifest: manifests.Manifest) -> None:
    newest = await tx.connection.run_sync(revision_of)
    if manifest.schema != newest:
        raise ConfigError(
            f"the backup's schema is {manifest.schema}, this release's {newest}: restore with the release that made it"
        )
    if set(manifest.tables) != {table.name for table in kept()}:
        raise ConfigError("the backup does not have just the tables of this release")
    for table in kept():
        if table.name != "audit_head" and await tx.first(select(table).limit(1)) is not None:
            raise ConfigError(f"the database is not empty ({table.name}): a backup is restored into a new one")


async def _fill(tx: Transaction, table: Table, folder: Path, advance: Advance) -> None:
    await tx.execute(delete(table))  # The head of a log without entries, which migrating made.
    with manifests.table_file(folder, table.name).open("rb") as file:
        rows = values(table, file)
        while some := list(islice(rows, BATCH)):
            await tx.execute(insert(table), some)
            advance(len(some))


async def _put_images_back(server: Server, folder: Path, manifest: manifests.Manifest) -> None:
    """Those that the manifest names, no others. What is there still is not written again: an object never changes."""
    with stage("Sealed images", len(manifest.images)) as advance:
        for name in manifest.images:
            try:
                await obstore.head_async(server.blobs.store, name)
            except FileNotFoundError:
                blob, piece = name.split("/")
                await server.blobs.put(blob, piece, manifests.image_file(folder, name).read_bytes())
            advance(1)
