"""The log's copy has each entry before what it tells is acknowledged, whoever writes it, however the last one ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inscope_server.audit.log_key import LogKey
from inscope_server.audit.service import Audit
from inscope_server.config import ConfigError
from inscope_server.keeping import copied
from inscope_server.keeping.log_copy import LogCopy
from server.audit.ledger import Ledger, opening
from world.device import new_id
from world.running import Running, TestClock


@pytest.fixture
async def running(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    running = await Running.start(database_url, tmp_path, TestClock(), log_copy_file=f"{tmp_path}/copy/log")
    yield running
    await running.close()


def _path(running: Running) -> Path:
    return Path(running.server.config.log_copy_file)


def _seqs(path: Path) -> list[int]:
    return [line.entry["seq"] for line in copied.read(path)[1]]


async def _record(running: Running, count: int = 1) -> None:
    for _ in range(count):
        async with running.server.database.write() as tx:
            await running.server.audit.record(tx, opening())


def _another(running: Running, path: Path | None = None) -> LogCopy:
    """As another process of the server has it."""
    server = running.server
    return LogCopy(path or _path(running), server.database, server.audit, server.consents, server.accounts)


async def test_an_entry_is_there_once_its_transaction_has_returned(running: Running) -> None:
    for count in (1, 2, 3):
        await _record(running)
        assert _seqs(_path(running)) == list(range(1, count + 1))


async def test_its_lines_are_the_bytes_that_were_hashed(running: Running) -> None:
    await _record(running, 2)
    first, lines = copied.read(_path(running))
    assert first.log == running.server.audit.key.log
    async with running.server.database.read() as tx:
        stored = [row.body async for rows in running.server.audit.after(tx, 0) for row in rows]
    assert [line.body.encode() for line in lines] == stored


async def test_processes_that_write_at_once_leave_each_entry_once(running: Running) -> None:
    others = [_another(running) for _ in range(3)]
    await asyncio.gather(_record(running, 20), *(other.follow() for other in others for _ in range(10)))
    assert _seqs(_path(running)) == list(range(1, 21))


async def test_a_line_left_half_is_cut_off_and_written_whole(running: Running) -> None:
    await _record(running, 3)
    path = _path(running)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert _seqs(path) == [1, 2]
    await _another(running).follow()
    assert path.read_bytes() == whole


async def test_a_copy_begun_late_has_all_that_came_before(running: Running) -> None:
    await _record(running, 2)
    late = _another(running, _path(running).with_name("late"))
    await late.follow()
    assert _seqs(late.path) == [1, 2]


async def test_a_file_that_is_something_else_is_refused_and_not_written_to(running: Running) -> None:
    path = _path(running).with_name("notes")
    path.write_bytes(b"somebody's notes\n")
    with pytest.raises(ConfigError, match="log_copy_file"):
        await _another(running, path).start()
    assert path.read_bytes() == b"somebody's notes\n"


async def test_where_it_cannot_be_written_the_start_says_so_and_work_goes_on(running: Running) -> None:
    await _record(running)
    blocked = _another(running, _path(running) / "below-a-file")
    with pytest.raises(ConfigError, match="log_copy_file"):
        await blocked.start()
    running.server.audit.copied = blocked.follow
    await _record(running)
    async with running.server.database.read() as tx:
        assert sum([len(rows) async for rows in running.server.audit.after(tx, 0)]) == 2


async def test_it_is_for_its_own_user_alone(running: Running) -> None:
    await _record(running)
    assert {key for line in copied.read(_path(running))[1] for key in json.loads(line.body)} >= {"seq", "event"}
    assert _path(running).stat().st_mode & 0o077 == 0


async def _of_another_key(running: Running) -> LogCopy:
    """As a process has it whose log key was exchanged, with `inscope log accept-key`."""
    audit = Audit(running.server.database, running.server.clock, LogKey.open(running.folder / "another_key"))
    await audit.accept_key()
    server = running.server
    return LogCopy(_path(running), server.database, audit, server.consents, server.accounts)


@pytest.mark.parametrize("log", ["another", "the same"])
async def test_a_copy_of_another_log_or_key_is_refused_and_left_as_it_is(running: Running, log: str) -> None:
    await _record(running, 2)
    path = _path(running)
    first, *entries = path.read_bytes().splitlines(keepends=True)
    told = json.loads(first)
    told |= {"log": new_id("log")} if log == "another" else {"key": "A" * 43}
    path.write_bytes(before := json.dumps(told, separators=(",", ":")).encode() + b"\n" + b"".join(entries))
    assert running.server.log_copy is not None
    for act in (_another(running).start, _another(running).follow, running.server.log_copy.follow):
        with pytest.raises(ConfigError, match="move it away: the next start writes a whole one"):
            await act()
    await _record(running)
    assert path.read_bytes() == before


async def test_after_another_key_was_accepted_the_copy_is_begun_anew(running: Running) -> None:
    await _record(running, 2)
    exchanged = await _of_another_key(running)
    with pytest.raises(ConfigError, match="copy of another log; move it away"):
        await exchanged.start()
    _path(running).rename(running.folder / "former")
    await exchanged.start()
    first, lines = copied.read(_path(running))
    assert (first.log, [line.entry["seq"] for line in lines]) == (exchanged.audit.key.log, [1, 2])


async def test_accepting_the_same_key_changes_nothing(running: Running) -> None:
    assert not await running.server.audit.accept_key()
    assert await (await _of_another_key(running)).audit.is_of_another_key() is False


async def test_beside_a_database_that_was_set_back_nothing_is_added(running: Running) -> None:
    await _record(running, 5)
    path = _path(running)
    before = path.read_bytes()
    server = running.server
    ledger = Ledger(server.database, running.folder)
    await ledger.do("DELETE FROM audit_entries WHERE seq > 3")
    assert server.log_copy is not None
    for act in (_another(running).start, server.log_copy.follow):
        with pytest.raises(ConfigError, match=r"has an entry 5 .* set back.*`inscope restore FOLDER --log-copy"):
            await act()
    await ledger.do("UPDATE audit_head SET size = 3")
    assert path.read_bytes() == before


async def test_another_end_than_the_logs_is_seen_however_long_the_log_is(running: Running) -> None:
    await _record(running, 3)
    path = _path(running)
    *some, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(some) + last.replace(b"permit", b"deny"))
    with pytest.raises(ConfigError, match="has an entry 3 that the database's log has not, or has otherwise"):
        await _another(running).start()


@pytest.mark.parametrize("held", [b"notes without an end", b'{"log":"log_AAAA', b"x" * 2_000_000])
async def test_a_file_without_a_line_is_not_cut_off(running: Running, held: bytes) -> None:
    path = _path(running).with_name("notes")
    path.write_bytes(held)
    with pytest.raises(ConfigError, match="log_copy_file"):
        await _another(running, path).start()
    assert path.read_bytes() == held


async def test_the_first_line_left_half_is_written_whole(running: Running) -> None:
    await _record(running)
    path = _path(running)
    whole = path.read_bytes()
    path.write_bytes(whole[:20])
    await _another(running).follow()
    assert path.read_bytes() == whole


async def test_a_look_changes_nothing(running: Running) -> None:
    await _record(running, 2)
    path = _path(running)
    path.write_bytes(half := path.read_bytes()[:-3])
    await _another(running).belonging.look(running.server.database)
    assert path.read_bytes() == half
    path.unlink()
    await _another(running).belonging.look(running.server.database)
    assert not path.exists()
