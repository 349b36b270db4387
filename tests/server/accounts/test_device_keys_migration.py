"""Devices that were there before keys were noted: each key counts as one device's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, select, text

from inscope_server.accounts.tables import devices
from inscope_server.database import Database
from inscope_server.migrate import alembic_config, upgrade_database

COUNT = 1100
"""More than two of the migration's batches."""


def before(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "0018")


def back(connection: Connection) -> None:
    command.downgrade(alembic_config(connection), "0018")


@pytest.fixture
async def earlier(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(before)
    async with database.write() as tx:
        await tx.execute(text("INSERT INTO organisations VALUES ('org_a', 'A', :key, 1)"), {"key": b""})
        await tx.execute(text("INSERT INTO people VALUES ('per_a', 'org_a', 'A', 'a')"))
    yield database
    await database.close()


async def put(database: Database, *rows: tuple[str, str, str | None]) -> None:
    """Each: device, key, and which device added it."""
    statement = (
        "INSERT INTO devices (device, person, payload, envelope, added_by) VALUES (:device, 'per_a', :payload, '', :by)"
    )
    async with database.write() as tx:
        values = [{"device": a, "payload": json.dumps({"device_key": key}).encode(), "by": by} for a, key, by in rows]
        await tx.execute(text(statement), values)


async def keys(database: Database) -> dict[str, Any]:
    async with database.read() as tx:
        return {row.device: row.device_key for row in await tx.all(select(devices))}


async def test_of_two_with_one_key_it_is_the_invited_ones(earlier: Database) -> None:
    await put(earlier, ("dev_a", "k1", "dev_b"), ("dev_b", "k1", None), ("dev_c", "k2", None), ("dev_d", "k2", None))
    await upgrade_database(earlier)
    assert await keys(earlier) == {"dev_a": None, "dev_b": "k1", "dev_c": "k2", "dev_d": None}


async def test_each_of_many_is_noted_and_back_and_there_again(earlier: Database) -> None:
    await put(earlier, *((f"dev_{n}", f"k{n}", None) for n in range(COUNT)))
    await upgrade_database(earlier)
    async with earlier.engine.begin() as connection:
        await connection.run_sync(back)
    await upgrade_database(earlier)
    assert await keys(earlier) == {f"dev_{n}": f"k{n}" for n in range(COUNT)}
