"""What time alone changes happens to all of it, however much there is, and whatever else fails."""

from __future__ import annotations

import logging
import os

import pytest
from sqlalchemy import insert, select

from inscope_protocol.identifiers import make_identifier
from inscope_server.images import store, sweeper
from inscope_server.images.blobs import BlobStore
from inscope_server.images.gate import ImageGate

MORE_THAN_A_STATEMENT_CAN_NAME = 33_000
MINUTE = 60_000


def numbered(prefix, number):
    return make_identifier(prefix, number.to_bytes(16, "big"))


def filler(arena, thread, number):
    """A live image under a consent of its own."""
    return {
        "disclosure": numbered("dis", number), "thread": thread, "epoch": 1, "consent": numbered("con", number),
        "version": 1, "image": numbered("img", number), "subject": numbered("sub", number), "kind": "radiograph",
        "deidentified": False, "sensitive": "", "blob": numbered("blb", number), "server_half": os.urandom(32),
        "state": "live", "person": arena.intern.me, "device": arena.intern.device, "lapses_at": 2**50,
    }  # fmt: skip


async def ending(arena, room, count):
    """Images whose consents end in a minute."""
    clock, ids = arena.intern.running.clock, []
    for _ in range(count):
        scope = await arena.consent(valid_until=clock.now() + MINUTE)
        ids.append(await room.attached(arena.intern, scope))
    return ids


async def states(arena, ids):
    return [(await arena.row(one)).state for one in ids]


async def test_consents_end_among_more_than_one_statement_can_name(arena):
    room, elsewhere = await arena.room(), await arena.room()
    ends = await ending(arena, room, 1)
    database = arena.intern.running.server.database
    async with database.write() as tx:
        for start in range(0, MORE_THAN_A_STATEMENT_CAN_NAME, 3000):
            rows = [filler(arena, elsewhere.thread, number) for number in range(start, start + 3000)]
            await tx.execute(insert(store.disclosures), rows)
    arena.intern.running.clock.advance(MINUTE)
    await arena.intern.running.server.sweeper.sweep()
    assert await states(arena, ends) == ["destroyed"]


async def test_a_round_goes_on_until_all_is_done(arena, monkeypatch):
    monkeypatch.setattr(sweeper, "MOST", 2)
    room, server = await arena.room(), arena.intern.running.server
    scope = await arena.consent()
    unused = [(await room.ask(arena.intern, scope)).data["disclosure"] for _ in range(5)]
    ends = await ending(arena, room, 5)
    arena.intern.running.clock.advance(MINUTE)
    await server.sweeper.sweep()
    assert await states(arena, ends) == ["destroyed"] * 5
    arena.intern.running.clock.advance(60 * MINUTE)
    await server.sweeper.sweep()
    assert await states(arena, unused) == ["destroyed"] * 5
    async with server.database.read() as tx:
        assert await tx.all(select(store.garbage)) == []


async def test_one_consent_that_fails_holds_up_nothing(arena, monkeypatch, caplog):
    room, server = await arena.room(), arena.intern.running.server
    ends = await ending(arena, room, 3)
    broken = sorted([(await arena.row(one)).consent for one in ends])[0]
    unused = (await room.ask(arena.intern, await arena.consent())).data["disclosure"]
    right = ImageGate.consent_changed

    async def fails(gate, tx, consent):
        if consent == broken:
            raise ValueError("Mr Secret Patient")
        return await right(gate, tx, consent)

    monkeypatch.setattr(ImageGate, "consent_changed", fails)
    arena.intern.running.clock.advance(61 * MINUTE)
    with caplog.at_level(logging.ERROR, "inscope"):
        await server.sweeper.sweep()
    assert sorted(await states(arena, ends)) == ["destroyed", "destroyed", "live"]
    assert await states(arena, [unused]) == ["destroyed"]
    assert "ValueError" in caplog.text
    assert "Secret" not in caplog.text
    monkeypatch.undo()
    await server.sweeper.sweep()
    assert await states(arena, ends) == ["destroyed"] * 3


@pytest.mark.parametrize("step", ["_expire", "_lapse", "_collect"])
async def test_one_step_that_fails_holds_up_no_other(arena, monkeypatch, step):
    room, server = await arena.room(), arena.intern.running.server
    [ends] = await ending(arena, room, 1)
    unused = (await room.ask(arena.intern, await arena.consent())).data["disclosure"]
    taken_out = await room.attached(arena.intern, await arena.consent())
    assert (await arena.intern.call("POST", f"/api/disclosures/{taken_out}/remove", {})).status == 200
    blob = (await arena.row(taken_out)).blob

    async def fails(_sweeper):
        raise OSError("no")

    monkeypatch.setattr(sweeper.Sweeper, step, fails)
    arena.intern.running.clock.advance(61 * MINUTE)
    await server.sweeper.sweep()
    left = [path.name for path in (arena.intern.running.folder / "blobs").iterdir()]
    done = {"_expire": (await arena.row(ends)).state, "_lapse": (await arena.row(unused)).state}
    done["_collect"] = "destroyed" if blob not in left else "live"
    assert {name for name, state in done.items() if state != "destroyed"} == {step}


async def test_one_blob_that_cannot_be_deleted_holds_up_no_other(arena, monkeypatch):
    room, scope, server = await arena.room(), await arena.consent(), arena.intern.running.server
    ids = [await room.attached(arena.intern, scope) for _ in range(3)]
    blobs = sorted([(await arena.row(one)).blob for one in ids])
    for one in ids:
        await arena.intern.call("POST", f"/api/disclosures/{one}/remove", {})
    right = BlobStore.delete

    async def fails(blob_store, blob):
        if blob == blobs[0]:
            raise OSError("no")
        await right(blob_store, blob)

    monkeypatch.setattr(BlobStore, "delete", fails)
    await server.sweeper.sweep()
    assert [path.name for path in (arena.intern.running.folder / "blobs").iterdir()] == blobs[:1]
