"""SQLite's driver gives what SQLite gives, and goes to its thread once for a statement."""

from __future__ import annotations

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from inscope_server.database import Database
from inscope_server.sqlite_driver import AT_ONCE

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT i FROM n"
AROUND = (AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE)


@pytest.fixture
async def database(tmp_path):
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/numbers.sqlite3")
    yield database
    await database.close()


@pytest.mark.parametrize("count", [0, 1, *AROUND])
async def test_all_rows_come_in_order(database, count):
    async with database.read() as tx:
        rows = await tx.all(text(NUMBERS.format(count)))
    assert [row.i for row in rows] == list(range(1, count + 1))


@pytest.mark.parametrize("count", AROUND)
async def test_rows_come_in_batches_where_they_are_streamed(database, count):
    async with database.read() as tx:
        statement = text(NUMBERS.format(count)).execution_options(yield_per=300)
        async with tx.connection.stream(statement) as rows:
            assert [row.i async for row in rows] == list(range(1, count + 1))
        assert (await tx.first(text("SELECT 5 AS i"))).i == 5


async def test_a_write_says_how_many_rows_and_a_refusal_leaves_the_connection_well(database):
    async with database.write() as tx:
        await tx.execute(text("CREATE TABLE held (i INTEGER PRIMARY KEY)"))
        await tx.execute(text("INSERT INTO held VALUES (:i)"), [{"i": i} for i in range(3)])
        assert (await tx.execute(text("UPDATE held SET i = i + 10 WHERE i > 0"))).rowcount == 2
    with pytest.raises(IntegrityError):
        async with database.write() as tx:
            await tx.execute(text("INSERT INTO held VALUES (0)"))
    async with database.read() as tx:
        assert [row.i for row in await tx.all(text("SELECT i FROM held ORDER BY i"))] == [0, 11, 12]


async def test_a_statement_is_one_trip(database, monkeypatch):
    trips, execute = [], aiosqlite.Connection._execute

    async def counting(connection, act, *arguments):
        trips.append(act)
        return await execute(connection, act, *arguments)

    async with database.read() as tx:
        monkeypatch.setattr(aiosqlite.Connection, "_execute", counting)
        await tx.all(text(NUMBERS.format(3)))
    assert len(trips) == 2, "and one more to end the transaction"
