"""What a server's process stands on, and how each is asked whether it is there."""

from __future__ import annotations

from functools import partial

from redis.asyncio import Redis
from sqlalchemy import text

from ..authority.contract import Authority
from ..config import Config
from ..database import Database
from ..images.blobs import BlobStore
from .operations import Part, Probe


def parts_of(
    config: Config, database: Database, blobs: BlobStore, authority: Authority, log_copy: Probe | None
) -> list[Part]:
    """The database is needed for everything; each of the others for a part of it.

    `log_copy`: returns once the log's copy has every entry.
    """
    parts = [Part("database", _database(database), needed=True), Part("images", blobs.reach)]
    if config.redis_url:
        parts.append(Part("events", partial(events_answer, config.redis_url)))
    if config.authority_url:
        parts.append(Part("authority", authority.reach))
    if log_copy is not None:
        parts.append(Part("log copy", log_copy))
    return parts


def _database(database: Database) -> Probe:
    async def probe() -> None:
        async with database.read() as tx:
            await tx.first(text("SELECT 1"))

    return probe


async def events_answer(url: str) -> None:
    """Returns while Redis or Valkey answers there, and raises otherwise."""
    async with Redis.from_url(url) as redis:
        await redis.ping()
