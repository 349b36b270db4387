"""Everything is lost but keys, a backup and the log's copy; the server is set back, and nothing comes back with it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from faults.crowd import Crowd
from faults.hospital import Hospital
from faults.ledger import Place
from inscope_server.app import Server
from inscope_server.config import Config
from inscope_server.keeping.backup import back_up
from inscope_server.keeping.restoring import restore

BREAKS = (DBAPIError, OSError)
"""What the database's end does to a backup that is being made."""


@dataclass(frozen=True)
class Backup:
    """`acknowledged`: the messages that were so before it was begun."""

    folder: Path
    acknowledged: frozenset[Place]


@dataclass(frozen=True)
class SetBack:
    """`entries` of the log were replayed, `images` ended by that; `messages` since the backup are said to be lost."""

    entries: int
    images: int
    messages: int


@asynccontextmanager
async def _operators(hospital: Hospital) -> AsyncIterator[Server]:
    """The server that a command acts on."""
    settings = {key: str(value) for key, value in hospital.settings.items()} | {"database_url": hospital.url}
    server = Server(Config(**settings))  # type: ignore[arg-type]
    try:
        yield server
    finally:
        await server.database.close()


async def backed_up(hospital: Hospital, crowd: Crowd) -> Backup:
    """While people work and things break: again until it is whole."""
    for number in range(1000):
        folder, acknowledged = hospital.folder / f"backup-{number}", frozenset(crowd.ledger.messages)
        if folder.exists():
            continue
        async with _operators(hospital) as server:
            try:
                await back_up(server, folder, with_images=True)
                return Backup(folder, acknowledged)
            except BREAKS:
                await asyncio.sleep(0.1)
    raise AssertionError("no backup could be made")


async def set_back(hospital: Hospital, crowd: Crowd, backup: Backup) -> SetBack:
    """Nobody asks anything meanwhile. People sign in anew, and forget what the server says that it has lost."""
    processes = [one.process for one in hospital.served]
    for one in hospital.served:
        await one.hold()
    _lose(hospital)
    async with _operators(hospital) as server:
        done = await restore(server, backup.folder, Path(hospital.settings["log_copy_file"]))
    for one, process in zip(hospital.served, processes, strict=True):
        one.release()
        await one.back(process)
    for device in crowd.devices:
        answer = await device.sign_in()
        assert answer.status == 200, answer
    crowd.epochs.clear()
    lost = [await _forget(crowd, backup, thread) for thread in crowd.threads]
    return SetBack(done.entries, done.images, sum(lost))


def _lose(hospital: Hospital) -> None:
    """Database and images."""
    shutil.rmtree(hospital.folder / "blobs", ignore_errors=True)
    if hospital.url.startswith("sqlite"):
        for path in hospital.folder.glob("inscope.sqlite3*"):
            path.unlink()
    else:
        assert hospital.postgres is not None
        hospital.postgres.empty(hospital.url)


async def _forget(crowd: Crowd, backup: Backup, thread: str) -> int:
    """What was acknowledged before the backup was begun is there."""
    by = crowd.creator(thread)
    path = f"/api/threads/{thread}/log?after={crowd.cursors.get((by.device, thread), 0)}&limit=500"
    answer = await by.call("GET", path)
    told = next(entry for entry in answer.data["entries"] if entry["kind"] == "restored")
    assert all(seq <= told["last"] for where, seq in backup.acknowledged if where == thread), "a backup lacks messages"
    return crowd.ledger.set_back(thread, told["last"], told["seq"])
