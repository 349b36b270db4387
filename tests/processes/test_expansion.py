"""Migrations since the last release only add, and each has a way back that keeps what was there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, text

from inscope_server.database import Database
from inscope_server.migrate import alembic_config
from processes.expansion import Schema, contractions, schema_of
from servers.postgres import Postgres

LAST_RELEASE = "0010"
"""The schema of the release before this one. A migration after it must not take anything away from that release's
processes, which go on while it runs and until they are replaced. Whoever makes a release moves it."""


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    yield database
    await database.close()


def _move(revision: str, connection: Connection) -> None:
    is_back = revision.startswith("-")
    (command.downgrade if is_back else command.upgrade)(alembic_config(connection), revision.removeprefix("-"))


async def move(database: Database, revision: str) -> None:
    """An upgrade to `revision`, or, after a minus, the way back to it."""
    async with database.engine.begin() as connection:
        await connection.run_sync(partial(_move, revision))


async def schema(database: Database) -> Schema:
    async with database.engine.connect() as connection:
        return await connection.run_sync(schema_of)


WALK = [
    ("0008", {"welcomes.welcome is gone"}),
    ("-0007", {"welcome_bytes is gone", "welcomes.welcome must be there"}),
    ("0009", {"welcomes.welcome is gone"}),
    ("0010", {"blob_parts is gone"}),
]
"""What earlier migrations took away."""


async def test_since_the_last_release_everything_is_added(database: Database) -> None:
    """And what was taken away before it is seen."""
    await move(database, "0007")
    before = await schema(database)
    for revision, told in WALK:
        await move(database, revision)
        after = await schema(database)
        assert set(contractions(before, after)) == told, revision
        before = after
    assert revision == LAST_RELEASE
    await move(database, "head")
    assert list(contractions(before, await schema(database))) == []


ADDED = "ALTER TABLE patient_links ADD COLUMN extra TEXT NOT NULL DEFAULT '', ADD COLUMN more TEXT UNIQUE"
STRICTER = [
    ("CREATE UNIQUE INDEX one ON patient_links (consent)", "patient_links: consent must be unique"),
    ("ALTER TABLE patient_links ALTER COLUMN person SET NOT NULL", "patient_links.person must be there"),
    ("ALTER TABLE patient_links ADD COLUMN extra TEXT NOT NULL", "patient_links.extra must be there"),
    ("ALTER TABLE patient_links ALTER COLUMN failures TYPE BIGINT", "patient_links.failures has another type"),
    ("ALTER TABLE patient_links DROP COLUMN failures", "patient_links.failures is gone"),
    ("ALTER TABLE patient_links ADD CHECK (failures < 9)", "patient_links: failures < 9 is checked"),
    (
        "ALTER TABLE patient_links ADD FOREIGN KEY (person) REFERENCES people (person)",
        "patient_links: person must be references",
    ),
]


async def test_what_is_stricter_is_found(postgres_template: str, postgres: Postgres) -> None:
    database, look = Database(postgres.url(postgres_template)), partial(schema_of, only=["patient_links"])
    async with database.engine.connect() as connection:
        before = await connection.run_sync(look)
        for statement, told in [*STRICTER, (ADDED, None)]:
            await connection.execute(text(statement))
            found = list(contractions(before, await connection.run_sync(look)))
            assert found == ([] if told is None else [told]), statement
            await connection.rollback()
    await database.close()


# The way back


async def insert(database: Database, table: str, **row: Any) -> None:
    names = ", ".join(row)
    async with database.write() as tx:
        await tx.execute(text(f"INSERT INTO {table} ({names}) VALUES (:{names.replace(', ', ', :')})"), row)


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.read() as tx:
        return [tuple(row) for row in await tx.all(text(query))]


async def a_link(database: Database) -> None:
    await insert(
        database, "patient_links", token_hash=b"token", consent="con_a", organisation="org_a", code_hash="hash",
        failures=3, locked_until=5, created_at=7,
    )  # fmt: skip


async def a_question(database: Database) -> None:
    await insert(
        database, "patient_questions", request="que_a", token_hash=b"token", consent="con_a", person="per_a",
        device="dev_a", organisation="org_a", question=b"{}", sealed=b"sealed", code_hash="hash", state="answered",
        answer=b"yes", answer_hash="hash", expires_at=9,
    )  # fmt: skip


async def a_disclosure(database: Database, name: str, state: str = "live", **more: Any) -> None:
    if name == "dis_a":
        await insert(
            database, "threads", thread="thr_a", kind="case", purpose="direct-care-advice", suite=3, epoch=0, head=1,
            created_at=1,
        )  # fmt: skip
    await insert(
        database, "disclosures", disclosure=name, thread="thr_a", epoch=0, consent="con_a", version=1, image="img_a",
        subject="sub_a", kind="radiograph", deidentified=False, sensitive="", blob=f"blb_{name}", state=state,
        server_half=b"half", person="per_a", device="dev_a", message="msg_a", lapses_at=9, **more,
    )  # fmt: skip


KEPT = (
    "SELECT token_hash, consent, organisation, code_hash, failures, locked_until, created_at FROM patient_links",
    "SELECT * FROM patient_questions",
    "SELECT disclosure, state, server_half, blob, message FROM disclosures ORDER BY disclosure",
)


async def test_the_way_back_keeps_what_was_there(database: Database) -> None:
    """0011 to 0013. What 0013 alone knows stays too: a preview becomes an image, with its half and its state."""
    await move(database, "0010")
    before = await schema(database)
    await a_link(database)
    await a_question(database)
    await a_disclosure(database, "dis_a")
    await move(database, "head")
    assert await _indexes(database) == {"ix_patient_questions_consent", "ix_disclosures_preview_of"}
    assert await rows(database, "SELECT person FROM patient_links") == [(None,)]
    assert await rows(database, "SELECT preview_of FROM disclosures") == [(None,)]
    await a_disclosure(database, "dis_b", preview_of="dis_a")
    async with database.write() as tx:
        await tx.execute(text("UPDATE patient_links SET person = 'per_a'"))
    kept = [await rows(database, query) for query in KEPT]
    assert [len(one) for one in kept] == [1, 1, 2]
    for revision in ("-0010", "head"):
        await move(database, revision)
        assert [await rows(database, query) for query in KEPT] == kept, revision
        assert bool(await _indexes(database)) is (revision == "head")
        if revision == "-0010":
            assert _columns(await schema(database)) == _columns(before)
    assert await rows(database, "SELECT person FROM patient_links") == [(None,)], "nobody knows any more"
    assert await rows(database, "SELECT preview_of FROM disclosures") == [(None,), (None,)]


def _columns(schema: Schema) -> dict[str, set[str]]:
    return {table: set(told["columns"]) for table, told in schema.items()}


async def _indexes(database: Database) -> set[str]:
    """Those of migrations 0012 and 0013 that are there."""
    async with database.engine.connect() as connection:
        found = await connection.run_sync(
            lambda sync: [
                one["name"]
                for table in ("patient_questions", "disclosures")
                for one in inspect(sync).get_indexes(table)
            ]
        )
    return {str(name) for name in found} & {"ix_patient_questions_consent", "ix_disclosures_preview_of"}
