"""Threads and people: creation, commits, messages, attestations, revocation, time."""

from __future__ import annotations

from collections import Counter

from hypothesis import strategies as st

from server.images.room import Room
from server.stateful.base import Base, index, pick, step
from server.stateful.evidence import holds
from server.stateful.model import Actor, Place
from world.device import new_id
from world.organisation import YEAR

CASE = ("case", "direct-care-advice")
KINDS = [CASE, CASE, ("discussion", "teaching"), ("case", "research"), ("social", "none")]
MINUTE = 60_000
WHILE = 5 * MINUTE + 30_000  # never a whole number of minutes: no step meets an end by milliseconds


class ThreadSteps(Base):
    @step(
        2, when=lambda self: len(self.model.places) < 4, by=index, kind=st.sampled_from(KINDS), others=st.integers(0, 2)
    )
    def start_thread(self, by: int, kind: tuple[str, str], others: int) -> None:
        active = [actor for actor in self.model.actors if actor.is_active(self.now)]
        if not active:
            return
        first = pick(active, by)
        self.start(first, kind, [actor for actor in active if actor is not first][:others])

    def start(self, first: Actor, kind: tuple[str, str], others: list[Actor]) -> Place:
        room = Room(self.wait(first.device.create_thread(*kind)), 0, {0: first.device.device})
        place = Place(room, *kind, creator=first.device.device)
        self.model.places.append(place)
        self.acknowledged[room.thread] = Counter()
        for new in others:
            assert self.wait(room.commit(first.device, adds=[new.device])()).status == 200
            room.moved(adds=[new.device])
        return place

    @step(4, when=lambda self: self.model.places, at=index, by=index, who=index)
    def add(self, at: int, by: int, who: int) -> None:
        place = pick(self.model.places, at)
        if not self.outsiders(place):
            return
        committer, new = pick(self.members(place), by), pick(self.outsiders(place), who)
        code = committer.guard(self.now) or ("" if new.is_active(self.now) else "not_attested")
        uncovered = [] if code else self.model.uncovered(place, [new], self.now)
        answer = self.wait(place.room.commit(committer.device, adds=[new.device])())
        holds(2, not (answer.status == 200 and uncovered), uncovered)
        for row in uncovered:
            self.model.expected["add", "deny", row.disclosure] += 1
        if self.expect(answer, code or ("members_not_covered" if uncovered else "")):
            place.room.moved(adds=[new.device])

    @step(
        2,
        when=lambda self: any(len(place.room.leaves) > 1 for place in self.model.places),
        at=index,
        by=index,
        who=index,
    )
    def remove(self, at: int, by: int, who: int) -> None:
        place = pick([place for place in self.model.places if len(place.room.leaves) > 1], at)
        committer = pick(self.members(place), by)
        gone = pick([actor for actor in self.members(place) if actor is not committer], who)
        code = committer.guard(self.now)
        if self.expect(self.wait(place.room.commit(committer.device, removes=[gone.device])()), code):
            place.room.moved(removes=[gone.device])
            rows = [row for row in self.model.disclosures if row.place is place and row.state == "suspended"]
            self.model.decide_again(rows, self.now)

    @step(1, when=lambda self: self.model.places, at=index, by=index)
    def refresh_keys(self, at: int, by: int) -> None:
        place = pick(self.model.places, at)
        committer = pick(self.members(place), by)
        if self.expect(self.wait(place.room.commit(committer.device)()), committer.guard(self.now)):
            place.room.moved()

    @step(2, when=lambda self: self.model.places, at=index, by=index, again=st.booleans())
    def say(self, at: int, by: int, again: bool) -> None:
        place, actor = pick(self.model.places, at), pick(self.model.actors, by)
        message = new_id("msg")
        ready = place.room.say(actor.device, message)
        first = self.wait(ready())
        if self.expect(first, actor.guard(self.now) or ("" if place.holds(actor) else "not_found")):
            self.acknowledged[place.room.thread][message] += 1
            if again:
                holds(8, self.wait(ready()).data == first.data, message)

    @step(8, who=index, home=st.booleans(), teams=st.sampled_from(["", "A", "B", "AB"]), role=st.booleans(), long=index,
        later=st.sampled_from([False] * 7 + [True]))  # fmt: skip
    def attest(self, who: int, home: bool, teams: str, role: bool, long: int, later: bool) -> None:
        """`later`: what is said counts in a while only, and what was said before not any more."""
        actor = pick(self.model.actors, who)
        there = [actor.device.home, *(one for one in self.world.organisations if one is not actor.device.home)]
        lasts = WHILE if long % 3 == 0 else YEAR
        answer = self.world.attest(
            actor, there[0 if home else 1], teams, ("intern",) if role else (), 2 * lasts, WHILE if later else -1000
        )
        assert answer.status == 200, answer
        self.model.expected["attestation", "recorded", None] += 1
        mine = self.model.places_of(actor)
        self.model.decide_again([row for row in self.model.disclosures if row.place in mine], self.now)

    @step(
        1,
        when=lambda self: sum(not actor.revoked for actor in self.model.actors) > 3,
        who=index,
        sure=st.integers(0, 3),
    )
    def revoke(self, who: int, sure: int) -> None:
        actor = pick(self.model.actors, who)
        if sure or actor.revoked:
            return
        answer = self.wait(actor.device.call("POST", f"/api/devices/{actor.device.device}/revoke", {}))
        assert answer.status == 200, answer
        actor.revoked = True
        self.model.expected["revoke", "recorded", None] += 1

    @step(1, minutes=st.sampled_from([1, 7, 7, 61]))
    def let_time_pass(self, minutes: int) -> None:
        self.world.running.clock.advance(minutes * MINUTE)

    @step(1)
    def sweep(self) -> None:
        self.wait(self.world.running.server.sweeper.sweep())
        self.model.sweep(self.now)
