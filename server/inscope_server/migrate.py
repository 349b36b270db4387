"""Brings the database to this release's schema (Alembic), and gives the log its first head and its key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from . import tables
from .audit import store as audit_store
from .audit.log_key import LogKey
from .audit.service import Audit
from .audit.signed_log import require_log_key
from .clock import Clock
from .config import Config
from .database import Database
from .progress import stage
from .schema import SCRIPTS, newest

ATTEMPTS = 20
DEADLOCK = "40P01"  # PostgreSQL: deadlock_detected.


def alembic_config(connection: Connection) -> AlembicConfig:
    """Alembic set up on an open connection; no ini file."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = tables.metadata
    config.attributes["applied"] = lambda **_: None
    return config


def revision_of(connection: Connection) -> str | None:
    """The migration at which this database stands; None for one without any."""
    return MigrationContext.configure(connection).get_current_revision()


async def change_schema(database: Database, change: Callable[[Connection], None]) -> None:
    """All of it or nothing. Of two who lock tables in another order, one is stopped: under traffic it begins anew."""
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            async with database.engine.begin() as connection:
                await connection.run_sync(change)
            return
        except DBAPIError as error:
            if not attempts_left or getattr(error.orig, "sqlstate", "") != DEADLOCK:
                raise


async def upgrade_database(database: Database) -> None:
    """To the newest schema. Running it again changes nothing, nor does it over a later release's schema, which has all
    that this one needs: containers begin with it, also where one goes back to the release before.
    """

    def to_head(connection: Connection) -> None:
        if (revision_of(connection) or "") > newest():
            return
        config = alembic_config(connection)
        with stage("Migrations", _missing(config, connection)) as advance:
            config.attributes["applied"] = lambda **_: advance(1)
            command.upgrade(config, "head")

    await change_schema(database, to_head)
    async with database.write() as tx:
        await audit_store.create_head(tx)


def _missing(config: AlembicConfig, connection: Connection) -> int:
    """How many there are that this database has not had."""
    here = revision_of(connection) or "base"
    return len(list(ScriptDirectory.from_config(config).iterate_revisions("head", here)))


def upgrade(config: Config) -> None:
    """`inscope migrate`: makes the data folder if need be."""
    if not config.database_url:
        Path(config.data_dir).mkdir(parents=True, exist_ok=True, mode=0o700)

    async def run() -> None:
        database = Database(config.database)
        try:
            await database.reach()
            await upgrade_database(database)
            await require_log_key(config.log_key, database)
            await Audit(database, Clock(), LogKey.open(config.log_key)).settle_key()
        finally:
            await database.close()

    asyncio.run(run())
