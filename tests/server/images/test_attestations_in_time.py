"""Attestations begin and end by time alone: their images are decided again then, and the threads hear of it (S7.9)."""

from __future__ import annotations

import pytest

from inscope_server.images.gate import ImageGate
from server.web.line import Line
from world.device import HOUR

MINUTE = 60_000


@pytest.fixture
async def shared(arena):
    """(room, disclosure) of an image for the intern and the specialist."""
    room = await arena.room()
    return room, await room.attached(arena.intern, await arena.consent())


async def tombstones(arena, room) -> list[str]:
    log = await arena.intern.call("GET", f"/api/threads/{room.thread}/log?limit=500")
    return [entry["state"] for entry in log.data["entries"] if entry["kind"] == "tombstone"]


async def sweep(arena, after: int) -> None:
    arena.intern.running.clock.advance(after)
    await arena.intern.running.server.sweeper.sweep()


async def test_one_that_ends_suspends_and_tells(arena, shared):
    room, disclosure = shared
    await arena.specialist.home.attest(arena.specialist.person, lasts=HOUR)
    line = await Line.open(arena.intern)
    await sweep(arena, HOUR)
    assert (await arena.row(disclosure)).state == "suspended"
    assert await tombstones(arena, room) == ["suspended"]
    assert (await line.event("entry"))["state"] == "suspended"
    assert await line.event("changed") == {"what": "attestation", "id": arena.specialist.me}
    await line.close()
    await sweep(arena, HOUR)
    assert await tombstones(arena, room) == ["suspended"], "each instant is told once"
    await arena.specialist.home.attest(arena.specialist.person)
    assert (await arena.specialist.open(disclosure)).status == 200


async def test_one_that_begins_later_suspends_until_then(arena, shared):
    room, disclosure = shared
    await arena.specialist.home.attest(arena.specialist.person, since=6 * MINUTE)  # from five minutes on
    assert (await arena.intern.open(disclosure)).code == "denied"
    await sweep(arena, 4 * MINUTE)
    assert await tombstones(arena, room) == ["suspended"]
    line = await Line.open(arena.intern)
    await sweep(arena, 2 * MINUTE)
    assert await tombstones(arena, room) == ["suspended", "live"]
    assert await line.event("changed") == {"what": "attestation", "id": arena.specialist.me}
    await line.close()
    assert (await arena.specialist.open(disclosure)).status == 200
    assert (await arena.intern.open(disclosure)).status == 200


async def test_it_begins_and_then_ends(arena, shared):
    room, _ = shared
    await arena.specialist.home.attest(arena.specialist.person, since=6 * MINUTE, lasts=HOUR)
    for after in (10 * MINUTE, 50 * MINUTE, 10 * MINUTE):
        await sweep(arena, after)
    assert await tombstones(arena, room) == ["suspended", "live", "suspended"]


async def test_one_of_two_that_ends_takes_what_only_it_carried(arena):
    room = await arena.room()
    trauma = arena.specialist.home.team("Trauma")
    scope = await arena.consent(recipients=(*arena.intern.scope([arena.intern.me]).recipients, trauma))
    disclosure = await room.attached(arena.intern, scope)
    person, home = arena.specialist.person, arena.specialist.home
    await home.attest(person, lasts=HOUR)
    other, teams = arena.intern.home, person.teams
    person.teams = ()
    await other.attest(person)
    person.teams = teams
    assert (await arena.specialist.open(disclosure)).status == 200
    await sweep(arena, HOUR)
    row = await arena.row(disclosure)
    assert (row.state, row.code) == ("suspended", "person_not_covered")


async def test_a_new_attestation_is_told_to_the_threads(arena, shared):
    line = await Line.open(arena.intern)
    await arena.specialist.home.attest(arena.specialist.person)
    assert await line.event("changed") == {"what": "attestation", "id": arena.specialist.me}
    await line.close()


async def test_a_person_for_whom_it_fails_holds_up_no_other(arena, shared, monkeypatch):
    _, disclosure = shared
    for device in (arena.specialist, arena.colleague):
        await device.home.attest(device.person, lasts=HOUR)
    right = ImageGate.person_changed

    async def fails(gate, tx, person):
        if person == arena.colleague.me:
            raise ValueError("no")
        return await right(gate, tx, person)

    monkeypatch.setattr(ImageGate, "person_changed", fails)
    arena.intern.running.server.changes._person[:] = [arena.intern.running.server.gate.person_changed]
    await sweep(arena, HOUR)
    assert (await arena.row(disclosure)).state == "suspended"
