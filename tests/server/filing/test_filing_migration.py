"""Images that were in threads before there were days for them: since when, and by whose organisation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from inscope_server.database import Database
from inscope_server.migrate import alembic_config, upgrade_database


def before(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "0008")


async def insert(database: Database, table: str, **row: Any) -> None:
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})"
    async with database.write() as tx:
        await tx.execute(text(statement), row)


@pytest.fixture
async def earlier(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(before)
    await insert(database, "organisations", organisation="org_a", name="A", key=b"", registered_at=1)
    await insert(
        database, "people", person="per_a", organisation="org_a", display_name="A", folded_name="a"
    )  # fmt: skip
    await insert(
        database, "threads", thread="thr_a", kind="case", purpose="direct-care-advice", suite=3, epoch=0, head=1,
        created_at=1,
    )  # fmt: skip
    await insert(
        database, "entries", thread="thr_a", seq=1, at=4711, kind="message", device="dev_a", epoch=0, message="msg_a",
        mls=b"", detail=b"{}",
    )  # fmt: skip
    for name, message, state in (("dis_live", "msg_a", "live"), ("dis_pending", None, "pending")):
        await insert(
            database, "disclosures", disclosure=name, thread="thr_a", epoch=0, consent="con_a", version=1,
            image="img_a", subject="sub_a", kind="radiograph", deidentified=False, sensitive="", blob=f"blb_{name}",
            state=state, person="per_a", device="dev_a", message=message, lapses_at=9,
        )  # fmt: skip
    yield database
    await database.close()


async def test_what_was_attached_before_has_its_time_and_its_organisation(earlier: Database) -> None:
    await upgrade_database(earlier)
    async with earlier.read() as tx:
        rows = await tx.all(text("SELECT disclosure, organisation, attached_at FROM disclosures ORDER BY disclosure"))
    assert [tuple(row) for row in rows] == [("dis_live", "org_a", 4711), ("dis_pending", None, None)]


async def test_there_is_a_way_back(earlier: Database) -> None:
    await upgrade_database(earlier)
    async with earlier.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "0008"))
    await upgrade_database(earlier)
    async with earlier.read() as tx:
        rows = await tx.all(text("SELECT attached_at FROM disclosures WHERE disclosure = 'dis_live'"))
    assert [row.attached_at for row in rows] == [4711]
