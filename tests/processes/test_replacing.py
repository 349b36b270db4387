"""A new release under traffic: the database is migrated while a process serves, which is then drained and replaced."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from alembic import command
from sqlalchemy import Connection

from inscope_server.database import Database
from inscope_server.migrate import SCRIPTS, alembic_config, change_schema, revision_of
from processes.cluster import Cluster, Process, opened
from processes.expansion import contractions, schema_of
from processes.people import Hopping, Ward
from server.images.room import Room
from servers.postgres import Postgres
from servers.s3 import S3
from servers.valkey import Valkey
from world.device import Answer, new_id

NEXT = '''"""what a next release may add: to the busiest tables, and one of its own"""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("entries", "threads", "disclosures", "sessions", "consents"):
        op.add_column(table, sa.Column("next", sa.String(length=26), nullable=True))
        op.create_index("ix_" + table + "_next", table, ["next"])
    op.create_table("next", sa.Column("thread", sa.String(length=26), primary_key=True))
'''
RETRYABLE = {"server_busy"}
"""What a client tries again by itself; besides, a connection that is refused or broken off."""


@dataclass
class Traffic:
    """A device that writes, and shares images, at whichever process the balancer has, until `over`."""

    by: Hopping
    room: Room
    over: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: dict[int, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[Answer] = field(default_factory=list)

    async def run(self) -> None:
        while not self.over.is_set():
            message = new_id("msg")
            await self._until_acknowledged(message)
            await asyncio.sleep(0.01)

    async def _until_acknowledged(self, message: str) -> None:
        """Under one id, as a client's outbox does."""
        while True:
            try:
                answer = await self.room.say(self.by, message)()
            except (aiohttp.ClientError, OSError):
                self.refused["connection"] += 1
                await asyncio.sleep(0.05)
                continue
            if answer.status == 200:
                self.acknowledged[answer.data["seq"]] = message
                return
            self.refused[answer.code] += 1
            if answer.code not in RETRYABLE:
                self.failures.append(answer)
                return

    async def more(self, count: int) -> None:
        """Returns once so many more are acknowledged."""
        wanted = len(self.acknowledged) + count
        async with asyncio.timeout(60):
            while len(self.acknowledged) < wanted:
                await asyncio.sleep(0.02)


def migrate(folder: Path, connection: Connection) -> None:
    """By the next release's migration, which only adds."""
    scripts, before = folder / "migrations", schema_of(connection)
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    (scripts / "versions" / "next.py").write_text(NEXT.format(head=revision_of(connection)))
    config = alembic_config(connection)
    config.set_main_option("script_location", str(scripts))
    command.upgrade(config, "head")
    assert list(contractions(before, schema_of(connection))) == []


async def migrated(url: str, folder: Path) -> None:
    database = Database(url)
    await change_schema(database, partial(migrate, folder))
    await database.close()


@pytest.fixture
def alone(tmp_path: Path, postgres: Postgres, postgres_template: str, s3: S3, valkey: Valkey) -> Iterator[Cluster]:
    """One process over a database of its own."""
    cluster = opened(tmp_path, postgres, postgres_template, s3, valkey)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()


async def test_nothing_acknowledged_is_lost_and_nobody_is_refused_for_good(alone: Cluster, tmp_path: Path) -> None:
    desk = alone.desk()
    ward = await Ward.of(desk, alone.processes)
    ines, theo = await ward.devices(2)
    room = await Room.of(ines, theo)
    scope = ines.scope([ines.me, theo.me])
    assert (await ines.record(scope, room.thread)).status == 200
    image = await room.attached(ines, scope)
    traffic = [Traffic(ines, room), Traffic(theo, room)]
    writing = [asyncio.create_task(one.run()) for one in traffic]
    await asyncio.gather(*(one.more(5) for one in traffic))
    await migrated(alone.url, tmp_path)
    await asyncio.gather(*(one.more(5) for one in traffic))
    assert all(set(one.refused) <= RETRYABLE for one in traffic), "the migration alone ends no connection"
    old = alone.processes[0]
    (new,) = await asyncio.to_thread(alone.start)
    await replace(old, new, [ines, theo])
    await asyncio.gather(*(one.more(5) for one in traffic))
    for one in traffic:
        one.over.set()
    await asyncio.gather(*writing)
    assert [one.failures for one in traffic] == [[], []]
    await all_is_there(ines, room, traffic)
    assert (await theo.open(image)).status == 200
    await ward.close()
    await desk.database.close()
    desk.codes.close()


async def replace(old: Process, new: Process, devices: list[Hopping]) -> None:
    """As a balancer does: what is new goes to the new one; the old one finishes what it has, and its sockets end."""
    lines = [await device.line(0) for device in devices]
    old.drain()
    for device in devices:
        device.go_to([new])
    for line in lines:
        await asyncio.wait_for(line.ended.wait(), 30)
    assert await asyncio.to_thread(old.process.wait, 30) == 0
    for device in devices:
        await (await device.line(0)).close()


async def all_is_there(reader: Hopping, room: Room, traffic: list[Traffic]) -> None:
    """Each message that was acknowledged stands once, where its sender was told."""
    entries, after = list[dict[str, str]](), 0
    while page := (await reader.call("GET", f"/api/threads/{room.thread}/log?after={after}&limit=500")).data["entries"]:
        entries, after = entries + page, page[-1]["seq"]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    stored = {int(entry["seq"]): entry["message"] for entry in entries if entry["kind"] == "message"}
    told = {seq: message for one in traffic for seq, message in one.acknowledged.items()}
    assert told.items() <= stored.items()
    assert len(set(stored.values())) == len(stored) == len(told) + 1, "the image's own, and no message twice"
