"""What one device may ask of the gate, and how much of the log that may fill."""

from __future__ import annotations

import asyncio
from typing import Any

from inscope_server.audit.store import all_entries
from world.device import new_id


async def question(device, scope, threads: list[str], **changes: Any):
    image = {"image": new_id("img"), "subject": scope.subject, "kind": "radiograph", "deidentified": False}
    body = {"consent": scope.consent, "version": 1, "threads": threads, "image": {**image, "sensitive": []}}
    return await device.call("POST", "/api/decisions", body | changes)


async def entries(device) -> int:
    async with device.running.server.database.read() as tx:
        return len(await all_entries(tx))


async def test_a_thread_named_twice_is_refused_and_nothing_is_logged(arena):
    room, scope = await arena.room(), await arena.consent(arena.intern)
    before = await entries(arena.intern)
    doubled = await question(arena.intern, scope, [room.thread] * 200)
    assert (doubled.status, doubled.code) == (400, "malformed")
    assert await entries(arena.intern) == before
    asked = await room.ask(arena.intern, scope, sensitive=["intimate", "intimate"])
    assert asked.code == "malformed"


async def test_all_denials_of_a_question_are_one_transaction(arena, monkeypatch):
    scope = await arena.consent(arena.intern)
    threads = [(await arena.room()).thread for _ in range(3)]
    before, database = await entries(arena.intern), arena.intern.running.server.database
    opened, write = [], type(database).write

    def counted(self):
        opened.append(1)
        return write(self)

    monkeypatch.setattr(type(database), "write", counted)
    answered = await question(arena.intern, scope, threads)
    assert [one["permit"] for one in answered.data["decisions"]] == [False] * 3
    assert len(opened) == 1
    assert await entries(arena.intern) == before + 3
    permitted = await question(arena.intern, scope, [await arena.intern.create_thread()])
    assert permitted.data["decisions"][0]["permit"] is True
    assert len(opened) == 2, "creating the thread; what is permitted is not logged"


async def test_questions_are_limited_for_each_person(arena):
    room, scope = await arena.room(), await arena.consent()
    arena.intern.running.clock.stop()
    codes = [(await question(arena.intern, scope, [room.thread])).code for _ in range(31)]
    assert codes == [""] * 30 + ["rate_limited"]
    assert (await question(arena.specialist, scope, [room.thread])).status == 200
    arena.intern.running.clock.advance(60_000)
    assert (await question(arena.intern, scope, [room.thread])).status == 200


async def test_a_device_has_forty_permissions_at_a_time(arena):
    room, scope, clock = await arena.room(), await arena.consent(), arena.intern.running.clock
    granted = [await room.ask(arena.intern, scope) for _ in range(38)]
    assert {answer.status for answer in granted} == {200}
    together = await asyncio.gather(*(room.ask(arena.intern, scope) for _ in range(6)))
    assert sorted(answer.status for answer in together) == [200, 200, 429, 429, 429, 429]
    refused = await room.ask(arena.intern, scope)
    assert (refused.code, "40 images under way" in refused.data["error"]["message"]) == ("rate_limited", True)
    assert (await room.ask(arena.specialist, scope)).status == 200, "another device has its own"
    await arena.intern.upload(granted[0].data["blob"], b"sealed")
    assert (
        await room.declare(arena.intern, arena.intern.statement(granted[0], new_id("msg"), b"sealed"))()
    ).status == 200
    assert (await room.ask(arena.intern, scope)).status == 200
    clock.advance(3_600_000)
    assert (await room.ask(arena.intern, scope)).status == 200
