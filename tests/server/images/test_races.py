"""Two things at the same instant have one order: the outcome is that of a serial order (invariant 5).

What each must be answered, for pairs; what holds however many meet is tried in server/interleavings.

INSCOPE_RACE_ROUNDS: rounds of each race on each database.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from inscope_protocol.types import Scope
from inscope_server.images import store
from server.images.arena import Arena
from server.images.room import Room
from server.reviews.conftest import emergency
from server.reviews.test_reviews import log_of
from world.device import Answer, Device, new_id

ROUNDS = int(os.environ.get("INSCOPE_RACE_ROUNDS", "8"))


def following(device: Device, scope: Scope, **changes: Any) -> Callable[[], Awaitable[Answer]]:
    version = device.following(scope, **changes)
    return lambda: device.record(version)


async def test_add_and_attach(arena: Arena) -> None:
    scope = await arena.consent()
    for _ in range(ROUNDS):
        room = await arena.room()
        disclosure, send = await room.uploaded(arena.intern, scope)
        added, sent = await arena.race(room.commit(arena.specialist, adds=[arena.colleague]), send)
        assert (added.code, sent.code) in (("", "stale_epoch"), ("members_not_covered", "")), (added, sent)
        assert (await arena.row(disclosure)).state == ("live" if sent.status == 200 else "pending")


@pytest.mark.parametrize("change", ["narrow", "withdraw"])
async def test_a_smaller_consent_and_attach(arena: Arena, change: str) -> None:
    room = await arena.room()
    for _ in range(ROUNDS):
        scope = await arena.consent()
        disclosure, send = await room.uploaded(arena.intern, scope)
        smaller = {"recipients": scope.recipients[:1]} if change == "narrow" else {"decision": "withdrawn"}
        recorded, sent = await arena.race(following(arena.intern, scope, **smaller), send)
        assert recorded.status == 200, recorded
        assert recorded.data["closed"] == ([disclosure] if sent.status == 200 else [])
        assert sent.code in ("", "consent_superseded"), sent
        row = await arena.row(disclosure)
        assert (row.state, row.server_half) == ("destroyed", None)


async def test_two_emergencies_of_one_patient(arena: Arena) -> None:
    """The longer one is taken only if it was the first."""
    for _ in range(ROUNDS):
        shorter = emergency(arena.intern, [arena.intern.me])
        longer = emergency(arena.specialist, [arena.specialist.me], subject=shorter.subject)
        longer = replace(longer, valid_until=shorter.valid_until + 60_000)
        first, second = await arena.race(
            partial(arena.intern.record, shorter), partial(arena.specialist.record, longer)
        )
        assert (first.code, second.code) in (("", ""), ("", "emergency_again"))
        order = [entry["consent"] for entry in await log_of(arena.intern, "consent")]
        assert second.code or order.index(longer.consent) < order.index(shorter.consent)


async def test_narrow_and_add(arena: Arena) -> None:
    for _ in range(ROUNDS):
        scope = await arena.consent(arena.intern, arena.specialist, arena.colleague)
        room = await arena.room()
        disclosure = await room.attached(arena.intern, scope)
        recorded, added = await arena.race(
            following(arena.intern, scope, recipients=scope.recipients[:2]),
            room.commit(arena.specialist, adds=[arena.colleague]),
        )
        assert recorded.status == 200, recorded
        assert added.code in ("", "members_not_covered"), added
        assert recorded.data["closed"] == ([disclosure] if added.status == 200 else [])
        assert (await arena.colleague.open(disclosure)).code == (
            "disclosure_closed" if added.status == 200 else "not_found"
        )


async def test_a_revoked_device_and_open(arena: Arena, story: Any) -> None:
    rounds = max(3, ROUNDS // 8)  # every round needs a person of its own
    for count in range(rounds):
        leaver = await story.device(story.coastal, f"Leaver {count}")
        scope = await arena.consent(arena.intern, leaver)
        room = await Room.of(arena.intern, leaver)
        disclosure = await room.attached(arena.intern, scope)

        async def revoke(device: Device = leaver) -> Answer:
            return await device.call("POST", f"/api/devices/{device.device}/revoke", {})

        revoked, opened = await arena.race(revoke, lambda device=leaver, id=disclosure: device.open(id))
        assert revoked.status == 200, revoked
        assert opened.code in ("", "not_signed_in", "device_revoked"), opened
        assert (await leaver.open(disclosure)).code == "not_signed_in"
        refused = await room.ask(arena.intern, scope)
        assert refused.reasons == [("not_attested", leaver.me)]


async def test_two_commits_at_one_epoch(arena: Arena) -> None:
    room = await arena.room()
    for _ in range(ROUNDS):
        first, second = await arena.race(room.commit(arena.intern), room.commit(arena.specialist))
        assert sorted((first.code, second.code)) == ["", "stale_epoch"], (first, second)
        room.moved()
    log = await arena.log(room.thread)
    assert [row.seq for row in log] == list(range(1, ROUNDS + 2))
    assert [row.epoch for row in log] == list(range(ROUNDS + 1))


async def test_a_commit_and_a_message(arena: Arena) -> None:
    room = await arena.room()
    for _ in range(ROUNDS):
        committed, said = await arena.race(room.commit(arena.intern), room.say(arena.specialist))
        assert committed.status == 200, committed
        assert said.code in ("", "stale_epoch"), said
        room.moved()
    log = await arena.log(room.thread)
    assert [row.seq for row in log] == list(range(1, len(log) + 1))
    epochs = [row.epoch + (row.kind == "commit") for row in log]
    assert epochs == sorted(epochs)


async def test_the_same_message_twice(arena: Arena) -> None:
    room, scope = await arena.room(), await arena.consent()
    for count in range(ROUNDS):
        ready = room.say(arena.intern) if count % 2 else (await room.uploaded(arena.intern, scope))[1]
        first, second = await arena.race(ready, ready)
        assert first.status == second.status == 200, (first, second)
        assert first.data == second.data
    log = await arena.log(room.thread)
    assert len(log) == len({row.message for row in log}) == ROUNDS + 1


async def test_two_messages_with_one_id(arena: Arena) -> None:
    room = await arena.room()
    for _ in range(ROUNDS):
        message = new_id("msg")
        first, second = await arena.race(room.say(arena.intern, message), room.say(arena.specialist, message))
        assert sorted((first.code, second.code)) == ["", "malformed"], (first, second)


async def test_one_disclosure_in_two_messages(arena: Arena) -> None:
    room, scope = await arena.room(), await arena.consent()
    for _ in range(ROUNDS):
        granted = await room.ask(arena.intern, scope)
        await arena.intern.upload(granted.data["blob"], b"sealed")
        one, other = (arena.intern.statement(granted, new_id("msg"), b"sealed") for _ in range(2))
        first, second = await arena.race(room.declare(arena.intern, one), room.declare(arena.intern, other))
        assert sorted((first.code, second.code)) == ["", "disclosure_lapsed"], (first, second)


@pytest.mark.parametrize("same", [True, False], ids=["same", "other"])
async def test_one_upload_twice(arena: Arena, same: bool) -> None:
    room, scope = await arena.room(), await arena.consent()
    for _ in range(ROUNDS):
        granted = await room.ask(arena.intern, scope)
        blob, (one, other) = granted.data["blob"], (b"one", b"one" if same else b"two")
        first, second = await arena.race(
            lambda id=blob, data=one: arena.intern.upload(id, data),
            lambda id=blob, data=other: arena.intern.upload(id, data),
        )
        late = "offset_mismatch" if same else "blob_mismatch"
        assert sorted((first.code, second.code)) == ["", late], (first, second)
        kept = one if first.status == 204 else other
        assert (await arena.intern.send_statement(arena.intern.statement(granted, new_id("msg"), kept))).status == 200
        read = await arena.specialist.call("GET", f"/api/blobs/{blob}")
        assert read.data == kept


async def test_expiry_and_attach(arena: Arena) -> None:
    room, clock = await arena.room(), arena.intern.running.clock
    for _ in range(ROUNDS):
        scope = await arena.consent(valid_until=clock.now() + 2000)
        disclosure, send = await room.uploaded(arena.intern, scope)

        async def expire(until: int = scope.valid_until) -> Answer:
            await asyncio.sleep(random.random() * 0.03)
            clock.advance(max(0, until - clock.now()))
            await arena.intern.running.server.sweeper.sweep()
            return Answer(200, {})

        _, sent = await arena.race(expire, send)
        assert sent.code in ("", "denied", "consent_superseded", "disclosure_lapsed"), sent
        await arena.intern.running.server.sweeper.sweep()
        row = await arena.row(disclosure)
        assert (row.state, row.server_half) == ("destroyed", None)
        if sent.status == 200:
            assert [entry.kind for entry in await arena.log(room.thread)][-1] == "tombstone"


async def test_lapse_and_attach(arena: Arena) -> None:
    """An unused permission lapses; one that was used is never taken back silently."""
    room, scope, server = await arena.room(), await arena.consent(), arena.intern.running.server
    for _ in range(ROUNDS):
        disclosure, send = await room.uploaded(arena.intern, scope)
        async with server.database.write() as tx:
            soon = arena.intern.running.clock.now() + random.choice((10, 25, 50))
            where = store.disclosures.c.disclosure == disclosure
            await tx.execute(update(store.disclosures).where(where).values(lapses_at=soon))

        async def sweep() -> Answer:
            for _ in range(12):
                await asyncio.sleep(0.004)
                await server.sweeper.sweep()
            return Answer(200, {})

        _, sent = await arena.race(sweep, send)
        assert sent.code in ("", "disclosure_lapsed"), sent
        state = (await arena.row(disclosure)).state
        assert (sent.status, state) in ((200, "live"), (409, "destroyed"), (409, "pending"))


async def test_two_first_versions_of_one_consent(arena: Arena) -> None:
    """Whoever comes second is told what somebody is told who came much later."""
    for _ in range(ROUNDS):
        mine = arena.intern.scope([arena.intern.me])
        theirs = arena.colleague.scope([arena.colleague.me], consent=mine.consent)
        answers = await arena.race(
            lambda one=mine: arena.intern.record(one), lambda one=theirs: arena.colleague.record(one)
        )
        assert sorted(answer.code for answer in answers) == ["", "not_found"]


async def test_one_thread_twice(arena: Arena) -> None:
    """By the same device it is the same request again; by another it is somebody else's thread."""
    for _ in range(ROUNDS):
        body = {"thread": new_id("thr"), "kind": "case", "purpose": "teaching", "suite": 3}
        ask = [partial(device.call, "POST", "/api/threads", body) for device in (arena.intern, arena.intern)]
        assert [answer.status for answer in await arena.race(*ask)] == [200, 200]
        body = body | {"thread": new_id("thr")}
        ask = [partial(device.call, "POST", "/api/threads", body) for device in (arena.intern, arena.colleague)]
        assert sorted(answer.code for answer in await arena.race(*ask)) == ["", "not_found"]
