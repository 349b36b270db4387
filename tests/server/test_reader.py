"""The consent authority's database user, as config/deployment/reader.sql makes it: it reads, and changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import pytest

from servers.postgres import AUTHORITY_READS, Postgres
from world.running import ROOT
from world.schema import migrate

RIGHTS = (ROOT / "config" / "deployment" / "reader.sql").read_text("utf-8")
ROLES = """do $$ begin create role inscope login; create role inscope_reader login;
exception when duplicate_object then null; end $$"""


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty one that belongs to `inscope`, as an operator makes it."""
    url = postgres.url()
    name = url.rpartition("/")[2]
    done(url, f"{ROLES}; alter database {name} owner to inscope")
    yield url
    postgres.drop(url)


def asked(url: str, question: str, user: str = "postgres") -> list[str]:
    """The first column of the answer."""
    return [str(row[0]) for row in asyncio.run(_on(url, user, lambda connection: connection.fetch(question)))]


def done(url: str, statements: str) -> None:
    asyncio.run(_on(url, "postgres", lambda connection: connection.execute(statements)))


async def _on(url: str, user: str, act: Callable[[asyncpg.Connection], Awaitable[Any]]) -> Any:
    connection = await asyncpg.connect(as_user(url, user).replace("+asyncpg", ""))
    try:
        return await act(connection)
    finally:
        await connection.close()


def as_user(url: str, user: str) -> str:
    return url.replace("//postgres@", f"//{user}@")


def read(url: str) -> None:
    """Every table, as the reader; raises where one is refused."""
    tables = asked(url, "select tablename from pg_tables where schemaname = 'public'")
    assert len(tables) > 20
    for table in tables:
        asked(url, f'select * from "{table}" limit 1', "inscope_reader")


def test_it_reads_what_is_made_after_it_and_changes_nothing(database: str) -> None:
    done(database, RIGHTS)
    migrate(as_user(database, "inscope"))
    read(database)
    for change in ("delete from consents", "update consents set consent = ''", "create table mine (x int)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            asked(database, change, "inscope_reader")


def test_the_tables_are_named_that_the_authority_asks() -> None:
    """Its own tests run as a user of these alone."""
    assert f"{', '.join(AUTHORITY_READS[:-1])} and {AUTHORITY_READS[-1]}." in RIGHTS


def test_a_database_that_was_restored_into_has_none_of_its_rights_until_they_are_given(database: str) -> None:
    migrate(as_user(database, "inscope"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        read(database)
    done(database, RIGHTS)
    read(database)
