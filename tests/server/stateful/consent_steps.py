"""Consents: given, refused, narrowed, widened, withdrawn, by anybody and for recipients of every kind."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from inscope_protocol.types import (
    Conditions,
    GroupRecipient,
    OrganisationRecipient,
    PersonRecipient,
    Representative,
    RoleRecipient,
)
from server.stateful.base import Base, index, pick, step
from server.stateful.model import Consent, Place
from server.stateful.thread_steps import MINUTE
from world.device import TAKEN

WHO = st.sampled_from(["people", "people", "people", "some", "teams", "organisations", "roles", "group", "nobody"])
CONDITIONS = [
    Conditions(False, False, ("radiograph",), ()),
    Conditions(False, True, ("radiograph", "photograph"), ("intimate",)),
    Conditions(True, False, ("radiograph",), ("identifiable",)),
]
PURPOSES = [("direct-care-advice",), ("direct-care-advice", "teaching", "research"), ("teaching",), ()]
BASES = ["patient", "patient", "guardian", "emergency"]
PARENT = Representative("parent", "parental-responsibility")
TAKEN_ON = {
    "guardian": replace(TAKEN, representative=PARENT, assent="given"),
    "emergency": replace(TAKEN, reason="unconscious"),
}


class ConsentSteps(Base):
    def recipients(self, place: Place, who: str) -> tuple[Any, ...]:
        """Recipients of one kind that have to do with the people of a thread."""
        people = tuple(PersonRecipient(actor.me) for actor in self.members(place))
        first, second = self.world.organisations
        return {
            "people": people,
            "some": people[: len(people) // 2],
            "teams": (first.team("A"), second.team("A")),
            "organisations": tuple(OrganisationRecipient(one.organisation) for one in (first, second)),
            "roles": tuple(RoleRecipient(one.organisation, "intern") for one in (first, second)),
            "group": (GroupRecipient(place.room.thread),),
            "nobody": (),
        }[who]

    @step(4, when=lambda self: self.model.places,
        by=index, at=index, who=WHO, purposes=st.sampled_from([*PURPOSES[:1] * 3, *PURPOSES]),
        conditions=st.sampled_from([*CONDITIONS[:1] * 3, *CONDITIONS]), basis=st.sampled_from(BASES),
        minutes=st.sampled_from([10, 600]), refused=st.integers(0, 5), spoken=st.booleans(),
    )  # fmt: skip
    def record(
        self, by: int, at: int, who: str, purposes: tuple[str, ...], conditions: Conditions, basis: str,
        minutes: int, refused: int, spoken: bool,
    ) -> None:  # fmt: skip
        self.record_for(pick(self.model.places, at), by, who, purposes, conditions, basis, minutes, refused, spoken)

    def record_for(
        self, place: Place, by: int, who: str, purposes: tuple[str, ...], conditions: Conditions, basis: str,
        minutes: int, refused: int, spoken: bool,
    ) -> None:  # fmt: skip
        now = self.now
        actor = pick([*self.members(place), pick(self.model.actors, by)], by)
        scope = actor.device.scope(
            [], recipients=self.recipients(place, who), purposes=purposes, conditions=conditions, basis=basis,
            decision="given" if refused else "refused", valid_until=now + minutes * MINUTE + 30_000,
            taken=TAKEN_ON.get(basis, TAKEN),
        )  # fmt: skip
        thread = place.room.thread if spoken else None
        code = actor.guard(now) or ("not_found" if spoken and not place.holds(actor) else "")
        if self.expect(self.wait(actor.device.record(scope, thread)), code):
            self.model.consents.append(Consent([scope], place, {thread} if thread else set()))
            self.model.expected["consent", "recorded", None] += 1

    @step(
        5,
        when=lambda self: self.model.consents and self.model.places,
        by=index,
        which=index,
        at=index,
        who=WHO,
        decision=st.sampled_from(["given"] * 3 + ["refused", "withdrawn"]),
    )
    def amend(self, by: int, which: int, at: int, who: str, decision: str) -> None:
        actor, consent, place = (
            pick(self.model.actors, by),
            pick(self.model.consents, which),
            pick(self.model.places, at),
        )
        changes = {"recipients": self.recipients(place, who)} if decision == "given" else {}
        version = actor.device.following(consent.newest, decision=decision, **changes)
        answer = self.wait(actor.device.record(version))
        if self.expect(answer, self._amending(actor, consent)):
            consent.versions.append(version)
            self.model.expected["consent", "recorded", None] += 1
            assert sorted(answer.data["closed"]) == sorted(self.model.consent_changed(consent, self.now))

    def _amending(self, actor: Any, consent: Consent) -> str:
        if actor.guard(self.now):
            return str(actor.guard(self.now))
        if not self.model.may_amend(actor, consent, self.now):
            return "not_found"
        return "consent_conflict" if consent.newest.decision == "withdrawn" else ""
