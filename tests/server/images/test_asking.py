"""What one device may ask of the gate, and how much of the log that may fill."""

from __future__ import annotations

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
    codes = [(await question(arena.intern, scope, [room.thread])).code for _ in range(35)]
    assert codes[:30] == [""] * 30
    assert codes[-1] == "rate_limited"
    assert (await question(arena.specialist, scope, [room.thread])).status == 200
    arena.intern.running.clock.advance(60_000)
    assert (await question(arena.intern, scope, [room.thread])).status == 200
