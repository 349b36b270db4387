"""`inscope log`, as an operator and an auditor type it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from inscope_server import cli
from inscope_server.app import Server
from inscope_server.audit.log_key import LogKey
from inscope_server.config import Config
from server.audit.ledger import Ledger, opening


class Operator:
    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = folder, folder / "inscope.toml"
        self.settings.write_text(f'data_dir = "{folder}/data"\n')
        self.type("migrate")
        self.record(11)

    def type(self, *words: str) -> None:
        cli.main(["--config", str(self.settings), *words])

    def on_server(self, act: Callable[[Server], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            server = Server(Config(data_dir=f"{self.folder}/data"))
            try:
                return await act(server)
            finally:
                await server.database.close()

        return asyncio.run(run())

    def record(self, count: int) -> None:
        async def act(server: Server) -> None:
            async with server.database.write() as tx:
                for _ in range(count):
                    await server.audit.record(tx, opening())

        self.on_server(act)

    def save_head(self, name: str = "head.json") -> Path:
        path = self.folder / name
        path.write_text(json.dumps({"head": self.on_server(lambda server: server.audit.head())}))
        return path

    def do(self, *statements: str) -> None:
        async def act(server: Server) -> None:
            for statement in statements:
                await Ledger(server.database, self.folder / "data").do(statement)

        self.on_server(act)


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def test_a_log_that_holds(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.type("log", "verify")
    assert "The log holds" in capsys.readouterr().out
    head = operator.save_head()
    operator.record(5)
    operator.type("log", "verify", "--head", str(head), "--head", str(operator.save_head("newer.json")))
    assert "It begins with the entries over which each given head was signed" in capsys.readouterr().out


def test_an_edited_entry_is_named(operator: Operator) -> None:
    operator.do("UPDATE audit_entries SET outcome = 'deny' WHERE seq = 4")
    with pytest.raises(SystemExit, match="the log does not hold: entry 4 was edited"):
        operator.type("log", "verify")


def test_a_log_cut_short_everywhere_is_noticed_by_a_head(operator: Operator) -> None:
    head = operator.save_head()
    operator.do(
        "DELETE FROM audit_entries WHERE seq > 8", "DELETE FROM audit_nodes WHERE upto > 8",
        "UPDATE audit_head SET size = 8, frontier = (SELECT hash FROM audit_nodes WHERE upto = 8 AND level = 3)",
    )  # fmt: skip
    operator.type("log", "verify")
    with pytest.raises(SystemExit, match="entry 9 is missing: a head was signed over 11 entries, and 8 are there"):
        operator.type("log", "verify", "--head", str(head))


def test_an_export_is_verified_without_a_database(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    earlier, export = operator.save_head(), operator.folder / "log.jsonl"
    operator.record(3)
    operator.type("log", "export", str(export))
    assert "14 entries" in capsys.readouterr().out
    lines = export.read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines[1:]] == list(range(1, 15))
    elsewhere = ["log", "verify", "--export", str(export), "--head", str(earlier)]
    cli.main(["--config", "/nonexistent", *elsewhere])
    with pytest.raises(SystemExit, match="exists"):
        operator.type("log", "export", str(export))


def altered(lines: list[bytes], how: str) -> list[bytes]:
    match how:
        case "edited":
            return [*lines[:5], lines[5].replace(b"permit", b"denied"), *lines[6:]]
        case "without one":
            return [*lines[:5], *lines[6:]]
        case "cut short":
            return lines[:-1]
        case "cut in the middle of an entry":
            return [*lines[:-1], lines[-1][:-9]]
        case "with one more":
            return [*lines, lines[-1].replace(b'"seq":11', b'"seq":12')]
        case "in another order":
            return [*lines[:3], lines[4], lines[3], *lines[5:]]
        case "of another spelling":
            return [*lines[:5], lines[5].replace(b'"at":', b'"at": '), *lines[6:]]
    raise AssertionError(how)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("edited", "the first 11 entries are not those"),
        ("without one", "entry 5 is missing or was edited"),
        ("cut short", "entry 11 is missing"),
        ("cut in the middle of an entry", "entry 11 is missing or was edited"),
        ("with one more", "entry 12 lies after the head"),
        ("in another order", "entry 3 is missing or was edited"),
        ("of another spelling", "the first 11 entries are not those"),
    ],
)
def test_an_altered_export_is_noticed(operator: Operator, how: str, says: str) -> None:
    export, changed = operator.folder / "log.jsonl", operator.folder / "changed.jsonl"
    operator.type("log", "export", str(export))
    changed.write_bytes(b"\n".join(altered(export.read_bytes().splitlines(), how)) + b"\n")
    with pytest.raises(SystemExit, match=says):
        cli.main(["log", "verify", "--export", str(changed)])


def test_an_export_rewritten_with_its_head_is_noticed_by_a_head_from_elsewhere(operator: Operator) -> None:
    head, export = operator.save_head(), operator.folder / "log.jsonl"
    operator.do(
        "DELETE FROM audit_entries", "DELETE FROM audit_nodes", "UPDATE audit_head SET size = 0, frontier = x''"
    )
    operator.record(12)
    operator.type("log", "export", str(export))
    cli.main(["log", "verify", "--export", str(export)])
    with pytest.raises(SystemExit, match="the first 11 entries are not those over which a head was signed"):
        cli.main(["log", "verify", "--export", str(export), "--head", str(head)])


def test_a_server_does_not_start_with_another_key_until_it_is_accepted(operator: Operator) -> None:
    key = operator.folder / "data" / "log_key"
    key.rename(operator.folder / "lost")
    for words in (["serve"], ["migrate"], ["log", "verify"], ["backup", str(operator.folder / "backup")]):
        with pytest.raises(SystemExit, match=r"log_key_file: .* is not there.* is signed.*accept-key"):
            operator.type(*words)
        assert not key.exists(), "another in its place would be taken for it"
    LogKey.open(key)
    with pytest.raises(SystemExit, match="log_key_file holds another key"):
        operator.type("serve")
    operator.type("log", "accept-key")
    operator.on_server(lambda server: server.audit.settle_key())
    (operator.folder / "lost").rename(operator.folder / "data" / "log_key")
    with pytest.raises(SystemExit, match="log_key_file holds another key"):
        operator.type("serve")


def test_accepting_a_key_says_what_becomes_of_the_logs_copy_and_of_backups(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = operator.folder / "copy"
    operator.settings.write_text(operator.settings.read_text() + f'log_copy_file = "{copy}"\n')
    operator.type("log", "accept-key")
    assert capsys.readouterr().out.splitlines()[-1:] == [
        "The log is signed with this key already: nothing has changed."
    ]
    (operator.folder / "data" / "log_key").unlink()
    operator.type("log", "accept-key")
    told = capsys.readouterr().out
    assert f"Move {copy} away" in told and "warns its user" in told and "back up anew" in told


def test_a_head_of_another_log_and_a_file_that_is_none(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    foreign = Operator(tmp_path / "elsewhere").save_head()
    with pytest.raises(SystemExit, match="wrong_signer"):
        operator.type("log", "verify", "--head", str(foreign))
    for held in (b"", b"{}", b"[]", b"\xff", b"null"):
        foreign.write_bytes(held)
        with pytest.raises(SystemExit, match="malformed"):
            operator.type("log", "verify", "--head", str(foreign))
        with pytest.raises(SystemExit, match="malformed"):
            operator.type("log", "verify", "--export", str(foreign))
    with pytest.raises(SystemExit, match="No such file"):
        operator.type("log", "verify", "--head", str(tmp_path / "nothing"))


def test_where_there_is_no_server_none_is_begun(tmp_path: Path) -> None:
    settings = tmp_path / "elsewhere.toml"
    settings.write_text(f'data_dir = "{tmp_path}/nothing"\n')
    with pytest.raises(SystemExit, match=r"there is no database .*nothing/inscope\.sqlite3; name the server's"):
        cli.main(["--config", str(settings), "log", "verify"])
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere.toml"]
