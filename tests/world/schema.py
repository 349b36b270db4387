"""The schema of this release, once for many databases."""

from __future__ import annotations

import asyncio

from sqlalchemy import inspect

from inscope_server.database import Database
from inscope_server.migrate import upgrade_database


def migrate(url: str) -> None:
    """Also leaves nothing connected, which a database that others are copied from must not have."""

    async def run() -> None:
        database = Database(url)
        await upgrade_database(database)
        await database.close()

    asyncio.run(run())


async def has_schema(database: Database) -> bool:
    """Whether it was copied from one that is migrated."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version"))
