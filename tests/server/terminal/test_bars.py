"""Long acts of an operator, typed on a terminal, into a pipe, and with somebody who counts."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inscope_server import cli
from inscope_server.app import Server
from inscope_server.config import Config
from inscope_server.progress import Advance, shown_by, stage
from server.audit.ledger import opening
from servers.terminal import into_pipe, on_terminal

ENTRIES = 70
BACKUP = {"Tables", "Sealed images"}
RESTORE = {"Checking the backup", "Migrations", "Rows", "Entries of the log", "The log's copy", "Sealed images"}


class Operator:
    """A server with a log and its copy, and the words for each long act."""

    def __init__(self, folder: Path, schema: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir()
        shutil.copy(schema, folder / "data")
        self.config = Config(data_dir=f"{folder}/data", log_copy_file=f"{folder}/copy")
        self.settings, self.new = self._settings("data"), self._settings("new", f"{folder}/data/log_key")
        asyncio.run(self._record())

    def _settings(self, data: str, log_key: str = "") -> Path:
        path = self.folder / f"{data}.toml"
        path.write_text(
            f'data_dir = "{self.folder}/{data}"\nlog_key_file = "{log_key}"\nlog_copy_file = "{self.folder}/copy"\n'
        )
        return path

    async def _record(self) -> None:
        server = Server(self.config)
        async with server.database.write() as tx:
            for _ in range(ENTRIES):
                await server.audit.record(tx, opening())
        assert server.log_copy is not None
        await server.audit.settle_key()
        await server.log_copy.start()
        await server.database.close()

    def words(self, act: str) -> list[str]:
        folder, old, new = self.folder, ["--config", str(self.settings)], ["--config", str(self.new)]
        return {
            "verify": [*old, "log", "verify"],
            "export": [*old, "log", "export", f"{folder}/log.jsonl"],
            "verify export": ["log", "verify", "--export", f"{folder}/log.jsonl"],
            "backup": [*old, "backup", f"{folder}/backup"],
            "restore": [*new, "restore", f"{folder}/backup", "--log-copy", f"{folder}/copy"],
            "migrate": ["--config", str(self._settings("third")), "migrate"],
        }[act]

    def prepared(self, act: str) -> list[str]:
        """With whatever has to be there before."""
        before = {"verify export": "export", "restore": "backup"}.get(act)
        if before is not None:
            cli.main(self.words(before))
        return self.words(act)


@pytest.fixture
def operator(tmp_path: Path, sqlite_template: Path) -> Operator:
    return Operator(tmp_path, sqlite_template)


class Counting:
    """Stages by name: how much there was to do, and how much was done."""

    def __init__(self) -> None:
        self.total: dict[str, int | None] = {}
        self.done: dict[str, int] = {}

    @contextmanager
    def shows(self, name: str, total: int | None) -> Iterator[Advance]:
        self.total[name], self.done[name] = total, 0

        def advance(more: int) -> None:
            self.done[name] += more

        yield advance


ACTS = {
    "verify": {"Entries of the log"}, "export": {"Entries of the log"}, "verify export": {"Entries of the log"},
    "backup": BACKUP, "restore": RESTORE, "migrate": {"Migrations"},
}  # fmt: skip


@pytest.mark.parametrize(("act", "stages"), ACTS.items(), ids=ACTS.keys())
def test_what_is_done_is_all_that_there_was_to_do(operator: Operator, act: str, stages: set[str]) -> None:
    words, counting = operator.prepared(act), Counting()
    with shown_by(counting.shows):
        cli.main(words)
    assert set(counting.total) == stages
    for name, total in counting.total.items():
        assert counting.done[name] == (ENTRIES if total is None else total), name
    assert counting.done.get("Entries of the log", ENTRIES) == ENTRIES


@pytest.mark.parametrize("act", ["verify", "backup", "restore"])
def test_a_terminal_shows_how_far_it_is_and_keeps_the_result_alone(operator: Operator, act: str) -> None:
    typed = on_terminal(*operator.prepared(act))
    assert typed.status == 0, typed.text
    assert all(name in typed.text for name in ACTS[act])
    assert "\x1b[?25h" in typed.output, "the cursor is there again"
    last = typed.output.rsplit("\x1b[2K", 1)[1]
    assert "━" not in last and len(last.split()) > 3, "the bars are gone, and the sentence stays"


@pytest.mark.parametrize("act", ["backup", "restore"])
def test_a_pipe_gets_the_result_alone(operator: Operator, act: str) -> None:
    words = operator.prepared(act)
    typed = into_pipe(*words, environment={"FORCE_COLOR": "1"})
    assert (typed.status, typed.errors) == (0, "")
    assert "\x1b" not in typed.output and "\r" not in typed.output and typed.output.endswith(".\n")


def test_a_fault_is_told_after_the_bar(operator: Operator) -> None:
    path = Path(operator.prepared("verify export")[-1])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:50], *lines[51:]]))
    typed = on_terminal(*operator.words("verify export"))
    assert typed.status == 1
    assert typed.text.rstrip().endswith("inscope: the log does not hold: entry 50 is missing or was edited.")


def test_nobody_needs_to_look() -> None:
    with stage("anything", 3) as advance:
        advance(3)
