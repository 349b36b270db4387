"""SQLite is asked in one trip to its thread for a statement; all rows come in order, no more at once than asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from inscope_server.database import Database
from inscope_server.sqlite_connection import FIRST, Connection
from servers.terminal import into_pipe

NUMBERS = text("SELECT number FROM numbers WHERE number <= :most ORDER BY number")
MOST = 3 * FIRST


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/numbers.sqlite3")
    async with database.write() as tx:
        await tx.execute(text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"))
        await tx.execute(text("INSERT INTO numbers VALUES (:number)"), [{"number": n} for n in range(1, MOST + 1)])
    yield database
    await database.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the thread was asked."""
    made: list[Any] = []
    execute = Connection._execute

    async def counted(connection: Connection, asked: Any, *arguments: Any) -> Any:
        made.append(asked)
        return await execute(connection, asked, *arguments)

    monkeypatch.setattr(Connection, "_execute", counted)
    return made


@pytest.mark.parametrize(("most", "asked"), [(0, 1), (1, 1), (FIRST - 1, 1), (FIRST, 3), (FIRST + 1, 3), (MOST, 3)])
async def test_all_rows_come_in_order_and_few_in_one_trip(database, trips, most, asked):
    async with database.read() as tx:
        trips.clear()
        rows = await tx.all(NUMBERS.bindparams(most=most))
        assert len(trips) == asked
        assert [row.number for row in rows] == list(range(1, most + 1))


async def test_a_long_result_is_read_as_it_is_asked_for(database, trips):
    seen = []
    async with database.read() as tx:
        stream = tx.connection.stream(NUMBERS.bindparams(most=MOST).execution_options(yield_per=100))
        async with stream as rows:
            trips.clear()
            async for some in rows.partitions(100):
                assert len(some) <= 100
                seen += [row.number for row in some]
                assert len(seen) > FIRST or trips == []
    assert seen == list(range(1, MOST + 1))
    assert len(trips) >= (MOST - FIRST) // 100


async def test_what_was_changed_is_counted_and_what_fails_says_so(database, trips):
    async with database.write() as tx:
        trips.clear()
        assert (await tx.execute(text("DELETE FROM numbers WHERE number > 10"))).rowcount == MOST - 10
        assert len(trips) == 1
        returned = await tx.execute(text("INSERT INTO numbers VALUES (11) RETURNING number"))
        assert returned.scalar_one() == 11
    with pytest.raises(IntegrityError):
        async with database.write() as tx:
            await tx.execute(text("INSERT INTO numbers VALUES (11)"))
    with pytest.raises(OperationalError):
        async with database.read() as tx:
            await tx.execute(text("SELECT nothing FROM nowhere"))
    async with database.read() as tx:
        assert [row.number for row in await tx.all(NUMBERS.bindparams(most=MOST))] == list(range(1, 12))


def test_a_file_that_cannot_be_opened_leaves_nothing_in_the_log(tmp_path: Path) -> None:
    told = into_pipe("serve", environment={"INSCOPE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/nowhere/x"})
    assert told.errors.splitlines() == [
        "inscope: database_url: its file cannot be opened; the folder must be there, and this user's to write"
    ]
