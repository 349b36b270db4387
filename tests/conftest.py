"""Real servers for all tests: started once, when first asked for; every server test runs on both databases."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import uvloop
from nacl import pwhash

from inscope_server import collector
from servers.databases import NewDatabase, copied
from servers.postgres import Postgres
from servers.s3 import S3
from servers.valkey import Valkey
from world.beginning import Beginnings, Begun
from world.running import Running, TestClock
from world.schema import migrate


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it for garbage took a fifth of the tests' time."""
    gc.collect()
    collector.settle()


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that serves in earnest."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session", autouse=True)
def codes_are_quick() -> Iterator[None]:
    """A spoken code is slow to guess; here nobody guesses, and many are spoken. `test_codes` sees how slow it is."""
    with pytest.MonkeyPatch.context() as patched:
        for limit in ("OPSLIMIT", "MEMLIMIT"):
            patched.setattr(pwhash.argon2id, f"{limit}_INTERACTIVE", getattr(pwhash.argon2id, f"{limit}_MIN"))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.close()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    server = S3()
    yield server
    server.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with this release's schema, which tests get copies of: they are many, and migrating takes a while."""
    path = tmp_path_factory.mktemp("template") / "inscope.sqlite3"
    migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    url = postgres.url()
    migrate(url)
    return url


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[NewDatabase]:
    """As `copied`; what the test gets of PostgreSQL is dropped after it."""
    made: list[Callable[[], None]] = []

    def make(kind: str, folder: Path, like: str = "") -> str:
        url = copied(request, kind, folder, like)
        if kind == "postgresql":
            made.append(partial(request.getfixturevalue("postgres").drop, url))
        return url

    yield make
    for drop in made:
        drop()


@pytest.fixture
def sqlite_url(tmp_path: Path, new_database: NewDatabase) -> str:
    return new_database("sqlite", tmp_path)


@pytest.fixture(scope="session")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> Beginnings:
    return Beginnings(tmp_path_factory)


@pytest.fixture
def begun() -> Begun | None:
    """Whom a test finds on its server. Here nobody; folders whose tests need people have their own."""
    return None


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, new_database: NewDatabase, begun: Begun | None) -> str:
    """A fresh database of each kind, with this release's schema, and with the people of the test's beginning."""
    if begun is None:
        return new_database(request.param, tmp_path)
    begun.copy_folder(tmp_path)
    return new_database(request.param, tmp_path, begun.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind without any table."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/empty.sqlite3"
    return str(request.getfixturevalue("postgres").url())


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The whole server on a real port of this machine, with a clock that the test can move."""
    running = await Running.start(database_url, tmp_path, TestClock())
    yield running
    await running.close()
