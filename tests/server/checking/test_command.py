"""`inscope check`, typed, on real databases, stores and files. It changes nothing."""

from __future__ import annotations

import asyncio
import re

import pytest

from inscope_server import cli
from inscope_server.audit.log_key import LogKey
from server.checking.checked import Operator
from servers.collector import Collector
from servers.process import free_port
from servers.s3 import S3
from servers.terminal import on_terminal
from servers.valkey import Valkey


def test_a_fresh_server_has_nothing_wrong_and_the_check_makes_nothing(operator: Operator) -> None:
    before = sorted(path for path in operator.folder.rglob("*"))
    assert operator.check()["wrong"] == []
    after = sorted(path for path in operator.folder.rglob("*") if path != operator.file)
    assert [path for path in after if not path.name.endswith(("-wal", "-shm"))] == before


def test_files_that_are_not_as_they_should_be(operator: Operator) -> None:
    data = operator.folder / "data"
    (data / "log_key").chmod(0o604)
    (data / "authority_key").write_text("{}")
    operator.settings |= {"policy": "xx-1", "sheets_dir": str(data), "client_dir": str(data)}
    operator.settings["pdf_font_file"] = str(data / "log_key")
    assert operator.check()["wrong"] == [
        "log_key_file", "authority_key_file", "policy", "sheets_dir", "pdf_font_file", "client_dir",
    ]  # fmt: skip


def test_another_log_key_than_the_databases(operator: Operator) -> None:
    key = operator.folder / "another"
    LogKey.open(key)
    operator.settings["log_key_file"] = str(key)
    assert operator.check()["wrong"] == ["log_key_file"]


@pytest.mark.parametrize(("at", "level"), [("0001", "wrong"), ("9999", "notice")])
def test_a_schema_that_is_not_this_releases(operator: Operator, at: str, level: str) -> None:
    """Over a later one this release serves: nothing is to be migrated."""
    from sqlalchemy import text

    from inscope_server.database import Database

    async def set_to() -> None:
        database = Database(operator.config.database)
        async with database.write() as tx:
            await tx.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": at})
        await database.close()

    asyncio.run(set_to())
    operator.sees_careless &= level != "wrong"
    found = operator.check()
    assert "database_url" in found[level] and found["wrong"] == ["database_url"] * (level == "wrong")


def test_what_it_stands_on_is_asked(
    operator: Operator, s3: S3, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    if operator.config.database.startswith("sqlite"):
        operator.settings["blob_url"] = f"{s3.url}/sealed"
        assert "blob_url" in operator.check()["good"]
        return
    operator.settings |= {"blob_url": f"{s3.url}/sealed", "redis_url": valkey.url}
    found = operator.check()
    assert found["wrong"] == [] and {"blob_url", "redis_url", "database_url"} <= set(found["good"])


def test_what_does_not_answer_is_named(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inscope_server.checking.services.PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr("inscope_server.checking.databases.PATIENCE_SECONDS", 1.0)
    secret = operator.folder / "data" / "secret"
    LogKey.open(secret)
    nobody = free_port()
    operator.sees_careless = False
    operator.settings |= {
        "database_url": f"postgresql+asyncpg://nobody@127.0.0.1:{nobody}/nothing",
        "redis_url": f"redis://127.0.0.1:{nobody}/0", "authority_url": f"http://127.0.0.1:{nobody}",
        "blob_url": f"http://127.0.0.1:{nobody}/store",
    }  # fmt: skip
    found = operator.check()["wrong"]
    assert found == ["database_url", "blob_url", "redis_url", "authority_secret_file"]


def test_a_collector_of_traces_is_asked(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inscope_server.checking.services.PATIENCE_SECONDS", 1.0)
    collector = Collector()
    operator.settings["traces_endpoint"] = collector.endpoint
    assert "traces_endpoint" in operator.check()["good"] and collector.spans == []
    collector.takes = "none"
    assert operator.check()["wrong"] == ["traces_endpoint"]
    collector.close()
    assert operator.check()["wrong"] == ["traces_endpoint"]


def test_words_for_a_person(operator: Operator) -> None:
    operator.settings["policy"] = "xx-1"
    operator.check()
    with pytest.raises(SystemExit):
        cli.main(["--config", str(operator.file), "check"])
    lines = operator.capsys.readouterr().out.splitlines()
    assert any(line.startswith("WRONG   policy: there is no xx-1.json") for line in lines)
    assert lines[-1].startswith("WRONG ")
    assert lines[0].startswith("ok ")


def test_no_password_is_shown(operator: Operator) -> None:
    operator.sees_careless = False
    operator.settings["database_url"] = f"postgresql+asyncpg://inscope:hunter2@127.0.0.1:{free_port()}/x"
    operator.settings["redis_url"] = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    operator.check()
    with pytest.raises(SystemExit):
        cli.main(["--config", str(operator.file), "check"])
    told = operator.capsys.readouterr()
    assert "hunter2" not in told.out + told.err


def test_on_a_terminal_it_is_a_table(operator: Operator) -> None:
    operator.settings["policy"] = "xx-1"
    operator.check()
    typed = on_terminal("--config", str(operator.file), "check", columns=100)
    assert typed.status == 1
    assert re.search(r"^WRONG +policy +there is no xx-1\.json", typed.text, re.MULTILINE)
    assert re.search(r"^ +Setting +What was found +What helps", typed.text, re.MULTILINE)
    assert max(len(line) for line in typed.text.splitlines()) <= 100
