"""Many requests of all kinds at once on shared threads and consents: no deadlock, no accident, one line of numbers.

INSCOPE_STORM_SECONDS: how long, on each database.
"""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass, field
from time import monotonic

from inscope_protocol.types import PersonRecipient, Scope
from server.images.arena import Arena
from server.images.room import Room
from world.device import HOUR, Answer, Device, new_id

SECONDS = float(os.environ.get("INSCOPE_STORM_SECONDS", "4"))
MOST = 2_000
"""Requests of a slow machine, on which no image came through in that time."""


@dataclass
class Storm:
    """Each act is one request, or the three of an attachment; what fails by an accident is kept in `bad`."""

    people: list[Device]
    rooms: list[Room]
    scopes: list[Scope]
    live: list[str] = field(default_factory=list)
    bad: list[Answer] = field(default_factory=list)
    done: int = 0

    def note(self, answer: Answer) -> Answer:
        self.done += 1
        if answer.status >= 500:
            self.bad.append(answer)
        return answer

    async def attach(self, by: Device) -> None:
        granted = self.note(await random.choice(self.rooms).ask(by, random.choice(self.scopes)))
        if granted.status != 200:
            return
        self.note(await by.upload(granted.data["blob"], b"sealed"))
        sent = self.note(await by.send_statement(by.statement(granted, new_id("msg"), b"sealed")))
        self.live.extend([granted.data["disclosure"]] * (sent.status == 200))

    async def open(self, by: Device) -> None:
        self.note(await by.open(random.choice([*self.live, new_id("dis")])))

    async def remove(self, by: Device) -> None:
        chosen = random.choice([*self.live, new_id("dis")])
        self.note(await by.call("POST", f"/api/disclosures/{chosen}/remove", {}))

    async def amend(self, by: Device) -> None:
        place = random.randrange(len(self.scopes))
        chosen = random.sample(self.people, random.choice((2, 3, 3)))
        version = by.following(self.scopes[place], recipients=tuple(PersonRecipient(device.me) for device in chosen))
        if self.note(await by.record(version)).status == 200:
            self.scopes[place] = version

    async def move(self, by: Device) -> None:
        room = random.choice(self.rooms)
        if self.note(await room.commit(by)()).status == 200:
            room.moved()

    async def say(self, by: Device) -> None:
        self.note(await random.choice(self.rooms).say(by)())

    async def sweep(self, by: Device) -> None:
        await by.running.server.sweeper.sweep()

    async def keep_doing(self, by: Device, until: float) -> None:
        acts = [
            *[self.attach] * 4,
            *[self.open] * 4,
            self.remove,
            self.amend,
            self.move,
            self.say,
            self.say,
            self.sweep,
        ]
        while monotonic() < until or (not self.live and self.done < MOST):
            await random.choice(acts)(by)

    async def keep_attesting(self, by: Device, until: float) -> None:
        while monotonic() < until:
            await by.home.attest(by.person)
            await asyncio.sleep(0.02)


async def test_a_storm_of_everything(arena: Arena) -> None:
    people = [arena.intern, arena.specialist, arena.colleague]
    lasts = {"valid_until": arena.intern.running.clock.now() + HOUR}
    rooms, scopes = [await Room.of(*people) for _ in range(3)], [await arena.consent(*people, **lasts) for _ in "abc"]
    storm, until = Storm(people, rooms, scopes), monotonic() + SECONDS
    await asyncio.gather(
        *(storm.keep_doing(by, until) for by in people * 3), *(storm.keep_attesting(by, until) for by in people)
    )
    arena.seen["requests"], arena.seen["attached"] = storm.done, len(storm.live)
    assert not storm.bad, storm.bad[:3]
    assert storm.live
    for room in rooms:
        log = await arena.log(room.thread)
        assert [row.seq for row in log] == list(range(1, len(log) + 1))
