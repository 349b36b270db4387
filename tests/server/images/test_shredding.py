"""A destroyed server half is in no file of the data folder (invariant 6). On SQLite: PostgreSQL keeps its own files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from inscope_protocol.encoding import decode_base64url
from inscope_server.images import store
from server.images.room import Room
from world.device import new_id

SOME = 300
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def files_with(folder: Path, halves: list[bytes]) -> dict[str, int]:
    """How many of these halves each file below the folder holds."""

    def counted() -> dict[str, int]:
        held = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return {name: sum(half in data for half in halves) for name, data in held.items()}

    return {name: count for name, count in (await asyncio.to_thread(counted)).items() if count}


@pytest.fixture
async def shared(intern, specialist):
    """(scope, halves) of images that the specialist has opened."""
    room = await Room.of(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope)
    ids = [await room.attached(intern, scope) for _ in range(5)]
    halves = [decode_base64url((await specialist.open(one)).data["server_half"]) for one in ids]
    assert await files_with(intern.running.folder, halves)
    return scope, halves


async def test_withdrawn_halves_are_in_no_file(intern, shared):
    scope, halves = shared
    assert (await intern.record(intern.following(scope, decision="withdrawn"))).status == 200
    assert await files_with(intern.running.folder, halves) == {}


async def test_a_reader_holds_it_up_until_the_next_sweep(intern, shared):
    scope, halves = shared
    server = intern.running.server
    async with server.database.read() as tx:
        await tx.all(select(store.disclosures.c.server_half))
        assert (await intern.record(intern.following(scope, decision="withdrawn"))).status == 200
        assert await files_with(intern.running.folder, halves)
    await server.sweeper.sweep()
    assert await files_with(intern.running.folder, halves) == {}


async def test_a_server_that_was_killed_leaves_it_to_the_next_start(intern, shared, monkeypatch):
    scope, halves = shared
    database = intern.running.server.database
    monkeypatch.setattr(type(database), "shred", lambda self: asyncio.sleep(0))
    await intern.record(intern.following(scope, decision="withdrawn"))
    monkeypatch.undo()
    assert await files_with(intern.running.folder, halves)
    after = type(database)(database.url)
    await after.shred()
    assert await files_with(intern.running.folder, halves) == {}
    await after.close()


async def test_pages_that_were_split_and_moved_keep_nothing(intern, specialist):
    """Many rows, most of them destroyed one by one: pages are rebuilt many times."""
    room, scope, server = (
        await Room.of(intern, specialist),
        intern.scope([intern.me, specialist.me]),
        intern.running.server,
    )
    await intern.record(scope)
    seed = (await room.ask(intern, scope)).data["disclosure"]
    async with server.database.write() as tx:
        like = (await store.load(tx, seed))._asdict()
    ids, halves = [], []
    for number in range(SOME):
        ids.append(new_id("dis"))
        row = {"disclosure": ids[-1], "blob": new_id("blb"), "server_half": server.clock.random(32), "state": "live"}
        halves.append(row["server_half"])
        async with server.database.write() as tx:
            await store.put(tx, {**like, **row})
        if number % 3:
            async with server.database.write() as tx:
                await store.move(tx, ids[number - 1], "destroyed", "taken_out")
    async with server.database.write() as tx:
        for one in ids:
            await store.move(tx, one, "destroyed", "taken_out")
    await server.sweeper.sweep()
    assert await files_with(intern.running.folder, halves) == {}
