"""A log that was a hash chain becomes a tree over the same entries; a broken chain does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from inscope_protocol.encoding import decode_base64url, labelled_hash
from inscope_protocol.labels import AUDIT_ENTRY
from inscope_server.audit.entry import COLUMNS, entry_bytes
from inscope_server.database import Database
from inscope_server.migrate import alembic_config, upgrade_database
from protocol import naive_tree
from server.audit.ledger import Ledger

COUNT = 2100
"""More than two of the migration's batches."""
INSERT = text(
    "INSERT INTO audit_entries (seq, at, event, person, disclosure, outcome, body, hash)"
    " VALUES (:seq, :at, :event, :person, :disclosure, :outcome, :body, :hash)"
)


def to(revision: str) -> Any:
    """Moves a connection's database to a revision, up or down; `before` is the one before the tree."""

    def move(connection: Connection) -> None:
        config = alembic_config(connection)
        target = revision
        if revision == "before":
            target = str(ScriptDirectory.from_config(config).get_revision("0003").down_revision)
        known = connection.dialect.has_table(connection, "alembic_version")
        (command.downgrade if known else command.upgrade)(config, target)

    return move


@pytest.fixture
async def chained(empty_database_url: str) -> AsyncIterator[Database]:
    """A database from before, with a chain of entries."""
    database = Database(empty_database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(to("before"))
    rows, previous = [], bytes(32)
    for seq in range(1, COUNT + 1):
        fields = {"seq": seq, "at": seq, "event": "open", "person": None, "disclosure": None, "outcome": "permit"}
        body = entry_bytes(fields)
        previous = labelled_hash(AUDIT_ENTRY, previous, body)
        rows.append({**{name: fields[name] for name in COLUMNS}, "body": body, "hash": previous})
    async with database.write() as tx:
        await tx.execute(INSERT, rows)
        await tx.execute(text("INSERT INTO audit_head (id, seq, hash) VALUES (1, :seq, :hash)"),
                         {"seq": COUNT, "hash": previous})  # fmt: skip
    yield database
    await database.close()


async def chain(database: Database) -> list[Any]:
    async with database.read() as tx:
        head = await tx.all(text("SELECT seq, hash FROM audit_head"))
        return [*head, *await tx.all(text("SELECT seq, body, hash FROM audit_entries ORDER BY seq"))]


async def test_the_entries_stay_and_the_tree_is_over_them(chained: Database, tmp_path: Path) -> None:
    bodies = [row.body for row in (await chain(chained))[1:]]
    await upgrade_database(chained)
    ledger = Ledger(chained, tmp_path)
    assert await ledger.bodies() == bodies
    assert decode_base64url((await ledger.head()).root) == naive_tree.root(bodies)
    assert await ledger.audit.verify() is None
    await ledger.record(3)
    assert await ledger.audit.verify() is None


async def test_there_is_a_way_back(chained: Database) -> None:
    before = await chain(chained)
    await upgrade_database(chained)
    async with chained.engine.begin() as connection:
        await connection.run_sync(to("before"))
    assert await chain(chained) == before


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE audit_entries SET body = hash WHERE seq = 1500",
        "DELETE FROM audit_entries WHERE seq = 1500",
        "DELETE FROM audit_entries WHERE seq >= 1500",
    ],
)
async def test_a_chain_that_does_not_hold_is_left_as_it_is(chained: Database, act: str) -> None:
    async with chained.write() as tx:
        await tx.execute(text(act))
    before = await chain(chained)
    with pytest.raises(RuntimeError, match="does not hold from entry 1500 on"):
        await upgrade_database(chained)
    assert await chain(chained) == before


async def test_a_database_without_entries_gets_an_empty_tree(empty_database_url: str, tmp_path: Path) -> None:
    database = Database(empty_database_url)
    await upgrade_database(database)
    await upgrade_database(database)
    ledger = Ledger(database, tmp_path)
    assert ((await ledger.head()).size, await ledger.audit.verify()) == (0, None)
    await database.close()
