"""A server over an older schema says so at its start, instead of refusing some requests for ever."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from inscope_server.app import Server
from inscope_server.config import Config, ConfigError
from inscope_server.database import Database
from inscope_server.keeping.backup import back_up
from inscope_server.migrate import alembic_config, revision_of, upgrade_database
from inscope_server.schema import newest
from world.running import Running, TestClock


async def stands_at(database_url: str, migration: str) -> None:
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": migration})
    await database.close()


async def test_over_a_later_one_it_serves(database_url: str, tmp_path: Path) -> None:
    await stands_at(database_url, "9999")
    running = await Running.start(database_url, tmp_path, TestClock())
    await running.close()


async def test_migrating_over_a_later_one_leaves_it_as_it_is(database_url: str) -> None:
    """Where one goes back to the release before, its `migrate` is what its processes wait for."""
    await stands_at(database_url, "9999")
    database = Database(database_url)
    await upgrade_database(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(revision_of) == "9999"
    await database.close()


async def test_over_an_older_one_it_does_not_start(database_url: str, tmp_path: Path) -> None:
    await stands_at(database_url, "0001")
    with pytest.raises(ConfigError, match=r"schema is 0001, this release's is .*`inscope migrate`"):
        await Running.start(database_url, tmp_path, TestClock())


@pytest.mark.parametrize(
    ("at", "says"),
    [("0001", "older release .*back up with that release, or run `inscope migrate`"), ("9999", "later release")],
)
async def test_another_releases_is_not_backed_up(database_url: str, tmp_path: Path, at: str, says: str) -> None:
    await stands_at(database_url, at)
    server = Server(Config(data_dir=str(tmp_path), database_url=database_url))
    with pytest.raises(ConfigError, match=says):
        await back_up(server, tmp_path / "backup", with_images=False)
    await server.database.close()
    assert not (tmp_path / "backup").exists()


async def test_the_newest_is_what_migrating_comes_to(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.engine.connect() as connection:
        script = await connection.run_sync(lambda sync: ScriptDirectory.from_config(alembic_config(sync)))
    await database.close()
    assert script.get_current_head() == newest()
