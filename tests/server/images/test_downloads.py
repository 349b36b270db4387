"""Sealed bytes on their way down: any stretch of them, and no more once their reader may not have them (SPEC S7.6)."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from itertools import pairwise

import pytest
from aiohttp import ClientError
from sqlalchemy import update

from inscope_protocol.types import Scope
from inscope_server.database import Database
from inscope_server.images.blobs import BlobStore
from inscope_server.images.downloading import READ, STANDS_MS, Downloading
from inscope_server.images.store import disclosures
from server.images.arena import Arena

MIB = 1_048_576


async def test_any_stretch_of_the_bytes_can_be_had(arena):
    room, scope = await arena.room(), await arena.consent()
    whole = os.urandom(300_000)
    disclosure, send = await room.uploaded(arena.intern, scope, whole)
    assert (await send()).status == 200
    blob = (await arena.row(disclosure)).blob

    async def get(**headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with arena.specialist.http.get(f"/api/blobs/{blob}", headers=named) as answer:
            return answer.status, await answer.read(), answer.headers

    status, data, headers = await get()
    assert (status, data, headers["Accept-Ranges"]) == (200, whole, "bytes")
    etag = headers["ETag"]
    assert etag.startswith('"') and headers["Cache-Control"] == "no-store"
    for asked_for, start, end in (
        ("bytes=0-0", 0, 1), ("bytes=262143-262145", 262_143, 262_146), ("bytes=299999-", 299_999, 300_000),
        ("bytes=10-999999", 10, 300_000), ("BYTES=7-8", 7, 9),
        ("bytes=-5", 299_995, 300_000), ("bytes=-999999", 0, 300_000),
    ):  # fmt: skip
        status, data, headers = await get(Range=asked_for, If_Range=etag)
        assert (status, data) == (206, whole[start:end]), asked_for
        assert headers["Content-Range"] == f"bytes {start}-{end - 1}/300000"
    for whole_instead in ("bytes=0-1,5-6", "bytes=-", "Bytes=-", "bytes=5-3", "lines=1-2", "bytes=a-b"):
        assert (await get(Range=whole_instead))[:2] == (200, whole), whole_instead
    assert (await get(Range="bytes=5-", If_Range='"another"'))[:2] == (200, whole)
    for beyond in ("bytes=300000-", "bytes=400000-500000", "bytes=-0"):
        assert (await get(Range=beyond))[0] == 416, beyond


async def test_bytes_end_with_the_consent_without_waiting_for_the_sweeper(arena):
    room, clock = await arena.room(), arena.intern.running.clock
    scope = await arena.consent(valid_until=clock.now() + 60_000)
    disclosure = await room.attached(arena.intern, scope)
    path = f"/api/blobs/{(await arena.row(disclosure)).blob}"
    assert (await arena.specialist.call("GET", path)).status == 200
    clock.advance(60_000)
    assert (await arena.specialist.call("GET", path)).code == "not_found"


@dataclass
class OnTheWay:
    """An image that the specialist fetches; before each piece that the server reads, `meanwhile` happens."""

    arena: Arena
    scope: Scope
    whole: bytes
    blob: str
    monkeypatch: pytest.MonkeyPatch

    async def came(self, meanwhile):
        get, came = BlobStore.get, bytearray()

        async def slow(*arguments):
            data = await get(*arguments)
            await meanwhile()
            return data

        self.monkeypatch.setattr(BlobStore, "get", slow)
        async with self.arena.specialist.http.get(f"/api/blobs/{self.blob}") as answer:
            assert answer.status == 200
            with contextlib.suppress(OSError, ClientError):
                async for data in answer.content.iter_any():
                    came += data
        assert self.whole.startswith(came), "the failure is no part of the bytes"
        return len(came)


@pytest.fixture
async def on_the_way(arena, monkeypatch):
    room, clock = await arena.room(), arena.intern.running.clock
    scope = await arena.consent(valid_until=clock.now() + 60_000)
    whole = os.urandom(8 * READ)
    disclosure, send = await room.uploaded(arena.intern, scope, whole)
    assert (await send()).status == 200
    clock.stop()
    return OnTheWay(arena, scope, whole, (await arena.row(disclosure)).blob, monkeypatch)


async def test_bytes_on_their_way_end_with_the_consent(arena, on_the_way):
    async def time_passes():
        arena.intern.running.clock.advance(20_000)

    assert await on_the_way.came(time_passes) <= 3 * READ


async def test_bytes_on_their_way_end_at_once_with_a_withdrawal(arena, on_the_way):
    """Not a moment passes on the clock."""
    withdrawal = arena.intern.following(on_the_way.scope, decision="withdrawn")

    async def withdrawn():
        if (await arena.intern.record(withdrawal)).status == 200:
            assert (await arena.specialist.call("GET", f"/api/blobs/{on_the_way.blob}")).code == "not_found"

    assert await on_the_way.came(withdrawn) <= READ


async def test_bytes_on_their_way_end_within_a_second_where_another_process_ended_them(arena, on_the_way):
    clock, elsewhere = arena.intern.running.clock, Database(arena.intern.running.server.database.url)

    async def closed_elsewhere():
        clock.advance(STANDS_MS // 2)
        async with elsewhere.write() as tx:
            await tx.execute(update(disclosures).values(state="destroyed"))

    assert await on_the_way.came(closed_elsewhere) <= 2 * READ
    await elsewhere.close()


@pytest.mark.parametrize("end", ["signed out", "revoked"])
async def test_bytes_on_their_way_end_within_a_second_when_their_device_has(arena, on_the_way, end):
    specialist, running = arena.specialist, arena.intern.running
    ended = False

    async def ends():
        nonlocal ended
        running.clock.advance(STANDS_MS)
        if not ended:
            ended = True
            if end == "signed out":
                answer = await specialist.call("DELETE", "/api/session")
            else:
                answer = await specialist.call("POST", f"/api/devices/{specialist.device}/revoke", {})
            assert answer.status == 200, answer

    assert await on_the_way.came(ends) <= 2 * READ


async def test_bytes_that_are_allowed_are_decided_once_a_second(arena, on_the_way, monkeypatch):
    clock, decided = arena.intern.running.clock, []
    stored = Downloading.stored

    async def deciding(*arguments, **asked):
        decided.append(clock.now())
        return await stored(*arguments, **asked)

    async def time_passes():
        clock.advance(STANDS_MS // 2)

    monkeypatch.setattr(Downloading, "stored", deciding)
    assert await on_the_way.came(time_passes) == len(on_the_way.whole)
    assert [later - earlier for earlier, later in pairwise(decided)] == [STANDS_MS] * 3
