"""Real servers for all tests: started once, when first asked for; every server test runs on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from servers.postgres import Postgres
from servers.s3 import S3
from servers.valkey import Valkey
from world.running import Running, TestClock


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/inscope.sqlite3"
    return str(request.getfixturevalue("postgres").url())


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """The whole server on a real port of this machine, with a clock that the test can move."""
    running = await Running.start(database_url, tmp_path, TestClock())
    yield running
    await running.close()
