"""What the server stands on, asked. Only the store of images is written to: a probe, taken out again."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import obstore
from alembic.script import ScriptDirectory
from obstore.exceptions import BaseError
from redis.exceptions import RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from ..audit.log_key import LogKey
from ..audit.service import Audit
from ..authority.remote import RemoteAuthority
from ..authority.wire import shared_secret
from ..clock import Clock
from ..config import Config, ConfigError
from ..database import Database
from ..images.blobs import BlobStore
from ..migrate import alembic_config, revision_of
from ..observing import traces
from ..observing.parts import events_answer
from .finding import Finding, good, notice, wrong

PATIENCE_SECONDS = 5.0
MOST_SKEW_MS = 2_000
DURABLE = {"fsync": "on", "full_page_writes": "on"}
"""PostgreSQL's settings without which an acknowledged message can be lost, and what they must be."""


async def of_services(config: Config) -> AsyncIterator[Finding]:
    async for finding in _database(config):
        yield finding
    yield await _blobs(config)
    if config.redis_url:
        yield await _events(config)
    if config.authority_url:
        yield await _authority(config)
    if config.traces_endpoint:
        yield await _traces(config)


async def _database(config: Config) -> AsyncIterator[Finding]:
    try:
        config.require_database()
        database = Database(config.database)
    except (ConfigError, SQLAlchemyError) as error:
        yield wrong("database_url", str(error) or type(error).__name__, "inscope migrate")
        return
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for finding in _asked(config, database):
                yield finding
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        yield wrong("database_url", f"the database does not answer ({type(error).__name__})", "its address, its user")
    finally:
        await database.close()


async def _asked(config: Config, database: Database) -> AsyncIterator[Finding]:
    async with database.engine.connect() as connection:
        found, newest = await connection.run_sync(_revisions)
        if found != newest:
            message = f"its schema is {found or 'not there'}, this release's is {newest}"
            yield wrong("database_url", message, "inscope migrate")
            return
        if not database.is_sqlite:
            async for finding in _postgresql(connection):
                yield finding
    if config.log_key.exists() and await Audit(database, Clock(), LogKey.open(config.log_key)).is_of_another_key():
        yield wrong("log_key_file", "is not the key that signs this database's log", "copy the right one here")
    yield good("database_url", "answers, with this release's schema")


def _revisions(connection: Connection) -> tuple[str | None, str | None]:
    script = ScriptDirectory.from_config(alembic_config(connection))
    return revision_of(connection), script.get_current_head()


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


async def _blobs(config: Config) -> Finding:
    """Written, read and deleted, as an image would be."""
    folder = _missing_folder(config.blobs)
    if folder:
        return notice("blob_url", f"{folder} is not there, and would be made anew", "restore it, if images were there")
    name = f"check/{secrets.token_hex(8)}"
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            store = BlobStore(config.blobs).store
            await obstore.put_async(store, name, b"inscope check")
            read = bytes(await obstore.get_range_async(store, name, start=0, end=13))
            await obstore.delete_async(store, name)
    except (BaseError, OSError, TimeoutError, ValueError) as error:
        message = f"the store of images does not take an object ({type(error).__name__})"
        return wrong("blob_url", message, "its keys, its address")
    if read != b"inscope check":
        return wrong("blob_url", "the store gives other bytes than it took", "another store")
    return good("blob_url", "takes and gives objects")


def _missing_folder(url: str) -> str:
    """The local folder that this URL means, if it is not there: opening the store would make it."""
    parts = urlparse(url)
    return parts.path if parts.scheme == "file" and not Path(parts.path).is_dir() else ""


async def _events(config: Config) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await events_answer(config.redis_url)
    except (RedisError, OSError, TimeoutError, ValueError) as error:
        return wrong("redis_url", f"it does not answer ({type(error).__name__})", "its address, its password")
    return good("redis_url", "answers")


async def _authority(config: Config) -> Finding:
    if not config.authority_secret.exists():
        return wrong("authority_secret_file", f"{config.authority_secret} is not there", "copy it from the authority")
    authority = RemoteAuthority(config.authority_url, shared_secret(config.authority_secret), patience=0)
    try:
        await authority.start()
    except ConfigError as error:
        return wrong("authority_url", str(error).removeprefix("authority_url: "), "inscope authority")
    finally:
        await authority.close()
    return good("authority_url", "answers to this secret")


async def _traces(config: Config) -> Finding:
    try:
        from ..observing.span_queue import takes_spans
    except ImportError:
        return wrong("traces_endpoint", traces.MISSING, traces.REMEDY)
    if await asyncio.to_thread(takes_spans, config.traces_endpoint, PATIENCE_SECONDS):
        return good("traces_endpoint", "takes spans")
    return wrong("traces_endpoint", "no collector takes spans there", "its address and path, its OTEL_… variables")
