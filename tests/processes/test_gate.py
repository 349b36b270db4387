"""The gate is one gate: what meets at it through different processes is decided in one order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random

from inscope_protocol.types import Scope
from processes.people import Hopping, Ward, at
from processes.rounds import ROUNDS, ROUNDS_OF_ONE, soon
from server.images.room import Room
from world.device import Answer

PAUSE = 0.01


async def test_an_image_and_whom_it_does_not_cover_never_both_come_in(ward: Ward) -> None:
    chance = Random(2)
    for turn in range(ROUNDS):
        if turn % ROUNDS_OF_ONE == 0:
            ines, theo, lena = await ward.devices(3)
        room = await Room.of(ines, theo)
        scope = ines.scope([ines.me, theo.me])
        assert (await ines.record(scope, room.thread)).status == 200
        disclosure, send = await room.uploaded(ines, scope)
        first, second = chance.sample(range(len(ward.processes)), 2)
        attached, added = await asyncio.gather(
            soon(chance, at(ines, first, send)), soon(chance, at(theo, second, room.commit(theo, adds=[lena])))
        )
        if attached.status == 200:
            assert added.code == "members_not_covered", added
        else:
            assert (attached.code, added.status) == ("stale_epoch", 200), (attached, added)
        opened = [await lena.at(place, "POST", *opening(disclosure)) for place in range(len(ward.processes))]
        assert not any(answer.status == 200 for answer in opened), opened


@dataclass
class Ending:
    """One image is live and another is ready when their consent is withdrawn."""

    by: Hopping
    reader: Hopping
    places: range
    chance: Random
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        room, scope = await Room.of(self.by, self.reader), self.by.scope([self.by.me, self.reader.me])
        assert (await self.by.record(scope, room.thread)).status == 200
        live = await room.attached(self.by, scope)
        ready, send = await room.uploaded(self.by, scope)
        sent, _, *looks = await asyncio.gather(
            soon(self.chance, at(self.by, self.chance.choice(self.places), send)),
            soon(self.chance, self.withdraw(scope)),
            *(self.look(place, live) for place in self.places),
        )
        late = [await self.reader.at(place, "POST", *opening(one)) for place in self.places for one in (live, ready)]
        late += [answer for look in looks for after, answer in look if after]
        assert not [answer for answer in late if answer.status == 200], "a half after the withdrawal"
        await self.has_one_order(room, ready, sent)

    async def withdraw(self, scope: Scope) -> None:
        answer = await self.by.record(self.by.following(scope, decision="withdrawn"))
        assert answer.status == 200, answer
        self.ended.set()

    async def look(self, place: int, disclosure: str) -> list[tuple[bool, Answer]]:
        """(begun after the acknowledgement, answer), until one was."""
        looks: list[tuple[bool, Answer]] = []
        while not looks or not looks[-1][0]:
            after = self.ended.is_set()
            looks.append((after, await self.reader.at(place, "POST", *opening(disclosure))))
            await asyncio.sleep(PAUSE)
        return looks

    async def has_one_order(self, room: Room, ready: str, sent: Answer) -> None:
        """The image that was sent meanwhile came in and was ended after that, or never came in."""
        log = (await self.reader.call("GET", f"/api/threads/{room.thread}/log?after=0&limit=500")).data["entries"]
        ends = [entry["seq"] for entry in log if entry["kind"] == "tombstone" and entry["disclosure"] == ready]
        if sent.status == 200:
            assert len(ends) == 1
            assert ends[0] > sent.data["seq"]
        else:
            assert not ends


async def test_an_image_and_the_end_of_its_consent_have_one_order(ward: Ward) -> None:
    """And no process gives out a half once any of them has acknowledged the withdrawal."""
    chance = Random(3)
    for turn in range(ROUNDS):
        if turn % ROUNDS_OF_ONE == 0:
            ines, theo = await ward.devices(2)
        await Ending(ines, theo, range(len(ward.processes)), chance).run()


def opening(disclosure: str) -> tuple[str, dict[str, str]]:
    return f"/api/disclosures/{disclosure}/open", {}


async def test_the_end_of_an_image_is_heard_at_every_process(ward: Ward) -> None:
    ines, theo = await ward.devices(2)
    room = await Room.of(ines, theo)
    scope = ines.scope([ines.me, theo.me])
    assert (await ines.record(scope, room.thread)).status == 200
    disclosure = await room.attached(ines, scope)
    lines = [await theo.line(place) for place in range(len(ward.processes))]
    assert (await ines.record(ines.following(scope, decision="withdrawn"))).status == 200
    async with asyncio.timeout(5):
        for line in lines:
            while (told := await line.event("entry"))["kind"] == "message":
                pass  # The image's own was still on its way to that process.
            assert (told["kind"], told["disclosure"], told["state"]) == ("tombstone", disclosure, "destroyed")
            await line.close()
