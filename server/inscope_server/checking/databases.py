"""The database, asked: whether it answers, keeps what it acknowledges, and has the log of this key and this copy."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ..audit.log_key import LogKey
from ..audit.service import Audit
from ..audit.signed_log import require_log_key
from ..clock import Clock
from ..config import Config, ConfigError
from ..database import Database
from ..database_trouble import Wrong, in_words
from ..keeping.belonging import Belonging
from ..migrate import revision_of
from ..schema import newest
from .files import made_anew
from .finding import Finding, good, notice, told, wrong

PATIENCE_SECONDS = 5.0
MOST_SKEW_MS = 2_000
DURABLE = {"fsync": "on", "full_page_writes": "on"}
"""PostgreSQL's settings without which an acknowledged message can be lost, and what they must be."""


async def of_database(config: Config) -> AsyncIterator[Finding]:
    try:
        database = Database(config.database)
    except ConfigError as error:
        yield told("database_url", error)
        return
    try:
        config.require_database()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await database.reach()
            async for finding in _asked(config, database):
                yield finding
    except ConfigError as error:
        yield told("database_url", error)
    except Wrong as error:
        yield told("database_url", in_words(error))
    finally:
        await database.close()


async def _asked(config: Config, database: Database) -> AsyncIterator[Finding]:
    async with database.engine.connect() as connection:
        found = await connection.run_sync(revision_of)
        if found is None or found < newest():
            message = f"its schema is {found or 'not there'}, this release's is {newest()}"
            yield wrong("database_url", message, "inscope migrate")
            return
        if not database.is_sqlite:
            async for finding in _postgresql(connection):
                yield finding
    if found > newest():
        message = f"answers, with a later release's schema ({found}), over which this one serves"
        yield notice("database_url", message, "back up with that release")
    else:
        yield good("database_url", "answers, with this release's schema")
    try:
        async for finding in _log(config, database):
            yield finding
    except ConfigError as error:
        yield told("log_key_file", error)
    except OSError as error:
        yield wrong("log_key_file", f"{config.log_key}: {error.strerror}", "run as the service's user")


async def _log(config: Config, database: Database) -> AsyncIterator[Finding]:
    """Its key, and its copy: whether they are those of this database's log. Raises ConfigError, naming which is not."""
    await require_log_key(config.log_key, database)
    if not config.log_key.exists():
        yield made_anew("log_key_file", config.log_key)
        return
    audit = Audit(database, Clock(), LogKey.open(config.log_key))
    if await audit.is_of_another_key():
        yield wrong("log_key_file", "is not the key that signs this database's log", "copy the right one here")
    elif config.log_copy_file:
        with contextlib.suppress(OSError):  # Whether it can be read, files.py has said.
            await Belonging(Path(config.log_copy_file), audit).look(database)
            yield good("log_copy_file", f"{config.log_copy_file}: nothing in it is of another log")


async def _postgresql(connection: Any) -> AsyncIterator[Finding]:
    """Settings that would lose what was acknowledged, and a clock that would end consents at another time."""
    said = {
        name: (await connection.execute(text(f"SHOW {name}"))).scalar() for name in (*DURABLE, "synchronous_commit")
    }
    for name, must in DURABLE.items():
        if said[name] != must:
            yield wrong("database_url", f"PostgreSQL's {name} is {said[name]}", f"{name} = {must}")
    if said["synchronous_commit"] == "off":
        yield wrong("database_url", "synchronous_commit is off: acknowledged messages can be lost", "on")
    theirs = (await connection.execute(text("SELECT extract(epoch FROM clock_timestamp()) * 1000"))).scalar()
    skew = abs(float(theirs) - time.time() * 1000)
    if skew > MOST_SKEW_MS:
        yield notice("database_url", f"its machine's clock differs by {skew / 1000:.0f} s", "NTP on both machines")
