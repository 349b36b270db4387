"""Emergencies that were recorded before there were reviews wait for the recorder's own organisation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from inscope_server.database import Database
from inscope_server.migrate import alembic_config, upgrade_database

COUNT = 1100
"""More than two of the migration's batches."""
ROWS = {
    "organisations": ("organisation", "name", "key", "registered_at"),
    "people": ("person", "organisation", "display_name", "folded_name"),
    "consents": ("consent", "subject", "version"),
    "consent_versions": (
        "consent", "version", "hash", "envelope", "payload", "person", "recorded_at", "valid_until",
    ),
}  # fmt: skip


def before(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "0006")


async def insert(database: Database, table: str, *rows: tuple[Any, ...]) -> None:
    names = ROWS[table]
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"
    async with database.write() as tx:
        await tx.execute(text(statement), [dict(zip(names, row, strict=True)) for row in rows])


def version(consent: str, number: int, basis: str, decision: str = "given", person: str | None = "per_a") -> Any:
    payload = json.dumps({"basis": basis, "decision": decision}).encode()
    return (consent, number, "", b"", payload, person, 1000 + number, 2000)


@pytest.fixture
async def earlier(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(before)
    await insert(database, "organisations", ("org_a", "A", b"", 1))
    await insert(database, "people", ("per_a", "org_a", "A", "a"))
    yield database
    await database.close()


async def test_what_was_recorded_before_is_listed(earlier: Database) -> None:
    versions = [
        version("con_twice", 1, "emergency"), version("con_twice", 2, "emergency"), version("con_twice", 3, "patient"),
        version("con_late", 1, "patient"), version("con_late", 2, "emergency"),
        version("con_patient", 1, "patient"), version("con_no", 1, "emergency", "refused"),
        version("con_own", 1, "emergency"), version("con_own", 2, "emergency", "withdrawn", None),
    ]  # fmt: skip
    many = [version(f"con_{number:05}", 1, "emergency" if number % 2 else "patient") for number in range(COUNT)]
    named = sorted({row[0] for row in (*versions, *many)})
    await insert(earlier, "consents", *((consent, "sub_a", 1) for consent in named))
    await insert(earlier, "consent_versions", *versions, *many)
    await upgrade_database(earlier)
    async with earlier.read() as tx:
        rows = await tx.all(text("SELECT * FROM emergencies ORDER BY consent"))
    told = {row.consent: (row.organisation, row.version, row.person, row.recorded_at, bool(row.open)) for row in rows}
    assert told["con_twice"] == ("org_a", 2, "per_a", 1002, True)
    assert {one for one in told if not one[4:].isdigit()} == {"con_twice", "con_late", "con_own"}
    assert len(told) == 3 + COUNT // 2


async def test_there_is_a_way_back(earlier: Database) -> None:
    await upgrade_database(earlier)
    async with earlier.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "0006"))
    await upgrade_database(earlier)
    async with earlier.read() as tx:
        assert await tx.all(text("SELECT * FROM emergencies")) == []
