"""Many images that one change ends are written together: each has its own entries, and none its own statements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

import inscope_server.app
from inscope_server import database
from inscope_server.audit.store import entries as log_entries
from inscope_server.images.pieces import pieces, uploads
from inscope_server.images.store import disclosures, garbage
from server.images.arena import Arena, arena
from server.images.room import Room

__all__ = ["arena"]
FEW, MANY = 2, 9


@pytest.fixture(autouse=True)
def no_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inscope_server.app, "SWEEP_SECONDS", 3600.0)


@contextmanager
def statements(arena: Arena) -> Iterator[list[str]]:
    """Those that are sent to the database meanwhile."""
    engine, sent = arena.intern.running.server.database.engine.sync_engine, list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


async def withdrawn(arena: Arena, rooms: list[Room], count: int) -> tuple[list[str], list[str]]:
    """So many images in each of these threads under one consent, which then ends; and the statements that took."""
    scope = await arena.consent()
    shared = [await room.attached(arena.intern, scope) for room in rooms for _ in range(count)]
    pending = (await rooms[0].ask(arena.intern, scope)).data["disclosure"]
    with statements(arena) as sent:
        answer = await arena.intern.record(arena.intern.following(scope, decision="withdrawn"))
    assert sorted(answer.data["closed"]) == sorted(shared)
    return [*shared, pending], sent


async def test_each_has_its_own_entries_and_none_its_own_statements(arena: Arena) -> None:
    rooms = [await arena.room(), await arena.room()]
    _, sent_of_few = await withdrawn(arena, rooms, FEW)
    ended, sent_of_many = await withdrawn(arena, rooms, MANY)
    assert len(sent_of_many) < len(sent_of_few) + MANY - FEW, set(sent_of_many) ^ set(sent_of_few)
    async with arena.intern.running.server.database.read() as tx:
        rows = await tx.all(select(disclosures).where(disclosures.c.disclosure.in_(ended)))
        said = await tx.all(select(log_entries).where(log_entries.c.event == "close").order_by(log_entries.c.seq))
        noted = {row.blob for row in await tx.all(select(garbage.c.blob))}
        under_way = [*await tx.all(select(uploads)), *await tx.all(select(pieces))]
    assert {(row.state, row.server_half) for row in rows} == {("destroyed", None)}
    assert {row.blob for row in rows} <= noted and under_way == []
    assert {row.disclosure for row in said if row.disclosure in ended} == set(ended[:-1])
    for place, room in enumerate(rooms):
        told = [row for row in await arena.log(room.thread) if row.kind == "tombstone"]
        named = [json.loads(row.detail)["disclosure"] for row in told]
        assert set(named[FEW:]) == set(ended[place * MANY : (place + 1) * MANY])
        everything = [row.seq for row in await arena.log(room.thread)]
        assert everything == list(range(1, len(everything) + 1))


async def test_more_than_a_statement_names_are_written_all_the_same(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "MOST_NAMED", 3)
    room = await arena.room()
    ended, _ = await withdrawn(arena, [room], 7)
    assert {(await arena.row(disclosure)).state for disclosure in ended} == {"destroyed"}
