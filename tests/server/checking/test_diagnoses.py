"""Each mistake has a sentence of its own that says what to do, every other finding is still told, and no secret is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.exceptions import GenericError

from inscope_server import cli
from inscope_server.images.store_trouble import in_words
from inscope_server.notifications.push_key import PushKey
from server.audit.ledger import Ledger
from server.checking.checked import Operator
from servers.postgres import Postgres
from servers.process import free_port
from servers.s3 import S3

TOO_LONG = "x" * 300
"""A name that no file system has: to ask whether it is there fails, as in a folder that one may not enter."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("services", "databases"):
        monkeypatch.setattr(f"inscope_server.checking.{module}.PATIENCE_SECONDS", 3.0)


@pytest.fixture
def empty_database_url(tmp_path: Path) -> str:
    """What does not concern a database is looked at on one."""
    return f"sqlite+aiosqlite:///{tmp_path}/empty.sqlite3"


def fails(operator: Operator, *words: str) -> str:
    """What a command says that ends: one line."""
    with pytest.raises(SystemExit) as end:
        cli.main(["--config", str(operator.file), *words])
    told = str(end.value.code)
    assert told.startswith("inscope: ") and "\n" not in told
    return told


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://inscope:hunter2@db.example/x", "driver that is not known here -> postgresql+asyncpg://USER"),
        ("postgresql+psycopg2://inscope:hunter2@db.example/x", "driver that is not known here"),
        ("mysql://inscope:hunter2@db.example/x", "driver that is not known here"),
        ("sqlite:///x", "driver that is not known here"),
        ("hunter2", "is not an address -> postgresql+asyncpg://USER"),
        ("postgresql+asyncpg://inscope:hunter2@db.example:port/x", "is not an address"),
        ("postgresql+asyncpg://inscope:p@hunter2/1@db.example/x", "more than one @ -> postgresql+asyncpg://"),
        ("postgresql+asyncpg://inscope:hunter2@db.invalid/x", "host's name is not known"),
        ("postgresql+asyncpg://inscope:hunter2@127.0.0.1:1/x", "nothing answers at its address -> is it running"),
        ("postgresql+asyncpg://inscope:hunter2@127.0.0.1:1/x?sslmode=require", "option that is not known"),
        ("sqlite+aiosqlite:////nowhere/hunter2/x", "its file cannot be opened"),
    ],
)
def test_an_address_of_a_database(operator: Operator, url: str, says: str) -> None:
    operator.settings["database_url"] = url
    found = operator.check()
    assert found["wrong"] == ["database_url"] and "policy" in found["good"]
    told = operator.wrong()["database_url"]
    assert says in told and "hunter2" not in told
    for words in (["serve"], ["migrate"], ["authority"]):
        said = fails(operator, *words)
        assert "database_url: " in said and "hunter2" not in said


@pytest.fixture
def refusing(postgres: Postgres) -> Callable[[str], str]:
    """Addresses of a PostgreSQL that does not let one in."""
    url = postgres.url()
    return {
        "password": lambda: postgres.with_password(url, "hunter2").replace("hunter2", "hunter3"),
        "user": lambda: url.replace("postgres@", "nobody@"),
        "database": lambda: url + "_is_not_there",
        "grants": lambda: postgres.forgotten(url),
    }.__getitem__


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("password", "refuses this user's password -> the password in database_url"),
        ("user", "does not let this user in"),
        ("database", "there is no database of this name"),
    ],
)
def test_a_database_that_does_not_let_one_in(
    operator: Operator, refusing: Callable[[str], Callable[[], str]], kind: str, says: str
) -> None:
    operator.settings["database_url"] = refusing(kind)()
    assert says in operator.wrong()["database_url"]
    for words in (["serve"], ["migrate"], ["authority"], ["log", "verify"]):
        assert says.partition(" ->")[0] in fails(operator, *words)


def test_a_database_without_tables(operator: Operator, postgres: Postgres) -> None:
    operator.settings["database_url"] = postgres.url()
    assert operator.wrong()["database_url"].endswith("-> inscope migrate")
    assert "it has not this release's tables; inscope migrate" in fails(operator, "serve")


def test_a_database_that_one_may_not_write(operator: Operator, postgres: Postgres) -> None:
    operator.settings["database_url"] = url = postgres.url()
    operator.check()
    cli.main(["--config", str(operator.file), "migrate"])
    operator.settings["database_url"] = postgres.reading(url)
    operator.found()
    assert "this user may not do there what is needed; GRANT" in fails(operator, "serve")


@pytest.mark.parametrize("setting", ["log_key_file", "authority_key_file", "retention_file", "log_copy_file"])
def test_a_file_that_cannot_be_looked_at_hides_no_other_finding(operator: Operator, setting: str) -> None:
    operator.settings[setting] = str(operator.folder / TOO_LONG)
    operator.settings["policy"] = "xx-1"
    found = operator.check()
    assert sorted(found["wrong"]) == sorted([setting, "policy"]) and "database_url" in found["good"]
    operator.settings["policy"] = "base-1"
    operator.found()
    assert fails(operator, "serve").startswith(f"inscope: {setting}")


def test_a_secret_that_cannot_be_looked_at(operator: Operator) -> None:
    operator.settings |= {
        "authority_url": "http://127.0.0.1:1",
        "authority_secret_file": str(operator.folder / TOO_LONG),
    }
    assert operator.check()["wrong"] == ["authority_secret_file"]


def test_a_push_key_is_made_anew_and_is_its_own_kind_of_key(operator: Operator) -> None:
    operator.settings |= {"push_services": "fcm.googleapis.com", "push_contact": "mailto:it@hospital.example"}
    assert "push_key_file" in operator.check()["notice"]
    key = operator.folder / "data" / "push_key"
    PushKey.open(key, "mailto:it@hospital.example")
    assert "push_key_file" in operator.check()["good"]
    key.write_bytes((operator.folder / "data" / "log_key").read_bytes())
    assert "does not hold the key that belongs there" in operator.wrong()["push_key_file"]
    assert fails(operator, "serve").startswith("inscope: push_key_file")


def test_a_log_key_that_is_missing_is_not_made_anew_where_the_log_is_signed(operator: Operator) -> None:
    (operator.folder / "data" / "log_key").unlink()
    assert "this database's log is signed with it -> copy it from" in operator.wrong()["log_key_file"]
    assert "is signed with it" in fails(operator, "serve")
    assert not (operator.folder / "data" / "log_key").exists()


@pytest.mark.parametrize("why", ["below a file", "a folder", "nothing there"])
def test_a_copy_of_the_log_that_cannot_be_written(operator: Operator, why: str) -> None:
    places = {
        "below a file": operator.file / "copy",
        "a folder": operator.folder,
        "nothing there": operator.folder / "c",
    }
    operator.settings["log_copy_file"] = str(places[why])
    assert operator.check()["wrong"] == ([] if why == "nothing there" else ["log_copy_file"])
    assert not (operator.folder / "c").exists()


def test_a_copy_of_another_log(operator: Operator) -> None:
    copy = operator.folder / "copy"
    operator.settings["log_copy_file"] = str(copy)
    copy.write_text(json.dumps({"log": "log_AAAAAAAAAAAAAAAAAAAAAA", "key": "A" * 43}, separators=(",", ":")) + "\n")
    assert "is the copy of another log -> move it away" in operator.wrong()["log_copy_file"]


def test_a_copy_beside_a_database_that_was_set_back(operator: Operator) -> None:
    from inscope_server.config import Config
    from inscope_server.database import Database
    from inscope_server.keeping.belonging import First
    from inscope_server.keeping.copied import Copied, line_of

    copy = operator.folder / "copy"
    operator.settings["log_copy_file"] = str(copy)

    async def identity() -> dict[str, str]:
        database = Database(Config(**operator.settings).database)  # type: ignore[arg-type]
        try:
            return Ledger(database, operator.folder / "data").audit.identity()
        finally:
            await database.close()

    first = line_of(First(**asyncio.run(identity())))
    copy.write_bytes(first + line_of(Copied('{"seq":7}')))
    assert "has an entry 7 that the database's log has not" in operator.wrong()["log_copy_file"]
    copy.write_bytes(first)
    assert "log_copy_file" in operator.check()["good"]


STORES = {
    "s4://sealed": "is not the address of a store",
    "/var/lib/images": "is not the address of a store",
    "s3://": "names no bucket",
}


@pytest.mark.parametrize("url", STORES)
def test_an_address_of_a_store(operator: Operator, url: str) -> None:
    operator.settings["blob_url"] = url
    assert STORES[url] in operator.wrong()["blob_url"]
    assert STORES[url] in fails(operator, "serve")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("AWS_ENDPOINT", "", "AWS_ENDPOINT is in the environment, and is empty"),
        ("AWS_ENDPOINT_URL", "", "AWS_ENDPOINT_URL is in the environment, and is empty"),
        ("AWS_ENDPOINT", "localhost:9000", "AWS_ENDPOINT is in the environment, and is no address"),
        ("AWS_ALLOW_HTTP", "false", "AWS_ENDPOINT is http, which is not allowed by itself -> https, or AWS_ALLOW_HTTP"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2", "the store refuses its keys"),
        ("AWS_ENDPOINT", "http://127.0.0.1:1", "the store does not answer"),
    ],
)
def test_a_store_that_does_not_take_an_object(
    operator: Operator, s3: S3, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    for name, said in {**s3.environment, variable: value}.items():
        monkeypatch.setenv(name, said)
    operator.settings["blob_url"] = f"{s3.url}/sealed"
    told = operator.wrong()["blob_url"]
    assert says in told and "hunter2" not in told


def test_a_bucket_that_is_not_there_is_called_one() -> None:
    """As S3 says it. The tests' own store makes a bucket when it is first written to."""
    said = GenericError("Server returned non-2xx status code: 404 Not Found: <Code>NoSuchBucket</Code>")
    assert str(in_words(said)) == "blob_url: there is no such bucket; make it, or its right name"
    assert "no such bucket" in str(in_words(FileNotFoundError()))


def test_a_restore_without_its_store_ends_in_one_line(
    operator: Operator, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.check()
    cli.main(["--config", str(operator.file), "backup", str(operator.folder / "backup")])
    for name, said in {**s3.environment, "AWS_ENDPOINT": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, said)
    operator.settings |= {
        "database_url": f"sqlite+aiosqlite:///{operator.folder}/new.sqlite3", "blob_url": f"{s3.url}/sealed",
    }  # fmt: skip
    operator.found()
    said = fails(operator, "restore", str(operator.folder / "backup"), "--end-all-images")
    assert said == f"inscope: {in_words(GenericError('error sending request'))}"


def test_a_time_zone_of_no_list(operator: Operator) -> None:
    operator.settings["time_zone"] = "Sydney"
    assert "Sydney is in no list of time zones" in operator.wrong()["time_zone"]
    assert "time_zone: Sydney is in no list" in fails(operator, "serve")


def test_a_redis_that_is_not_there(operator: Operator) -> None:
    operator.settings["redis_url"] = "redis://127.0.0.1:1/0"
    assert "it does not answer -> is it running" in operator.wrong()["redis_url"]


def test_a_port_that_is_taken_is_named_by_its_setting(operator: Operator) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for setting, words in (("port", "serve"), ("operations_port", "serve"), ("authority_port", "authority")):
            operator.settings |= {"port": free_port(), setting: port}  # type: ignore[dict-item]
            operator.found()
            assert f"{setting}: another program listens on 127.0.0.1:{port} already" in fails(operator, words)
            del operator.settings[setting]
