"""Consents: given, refused, narrowed, widened, withdrawn, by anybody and for recipients of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from inscope_protocol.types import (
    BASES,
    Basis,
    Conditions,
    GroupRecipient,
    OrganisationRecipient,
    PersonRecipient,
    PolicyName,
    Representative,
    RoleRecipient,
    Scope,
    Taken,
)
from server.stateful.base import Base, index, pick, step
from server.stateful.evidence import holds
from server.stateful.model import KNOWN, Actor, Consent, Place
from server.stateful.thread_steps import MINUTE, WHILE
from server.stateful.unasked import code_of
from world.device import new_id
from world.sheets import offered

WHO = st.sampled_from(["people", "people", "people", "some", "teams", "organisations", "roles", "group", "nobody"])
CONDITIONS = [
    Conditions(False, False, ("radiograph",), ()),
    Conditions(False, True, ("radiograph", "photograph"), ("intimate",)),
    Conditions(True, False, ("radiograph",), ("identifiable",)),
]
PURPOSES = [("direct-care-advice",), ("direct-care-advice", "teaching", "research"), ("teaching",), ()]
TOLD = offered()
PARENT = Representative("parent", "parental-responsibility")
YEAR_BUT = 365 * 24 * 60 * MINUTE - WHILE
BEGUN = [1000, 1000, 1000, -WHILE, YEAR_BUT]
"""How long ago, in milliseconds: just now, in a while, or so long that in a while a profile's year is over."""

WRITTEN = Taken("written", None, None, TOLD, None, None, None, None)


@dataclass(frozen=True)
class How:
    """How a consent was taken, and on which basis. The default meets every profile's demands."""

    basis: Basis = "patient"
    taken: Taken = WRITTEN


@st.composite
def ways(draw: st.DrawFn) -> How:
    """What a basis cannot do without, and the rest as it happens."""
    basis = draw(st.sampled_from(["patient", "patient", *BASES]))
    represented = basis in ("guardian", "substitute-decision-maker")
    assent = st.sampled_from(["given", "given", "unable", "refused", None])
    return How(basis, Taken(
        draw(st.sampled_from(["written", "electronic", "verbal"])),
        draw(st.sampled_from([None, None, "per_" + "A" * 22])),
        draw(st.sampled_from([None, None, "professional", "telephone", "staff", "family"])),
        draw(st.sampled_from([TOLD, TOLD, None])),
        PARENT if represented else None,
        draw(assent) if represented else None,
        "unconscious" if basis == "emergency" else None,
        None,
    ))  # fmt: skip


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

    @step(1, profile=st.sampled_from(list(KNOWN)))
    def change_profile(self, profile: PolicyName) -> None:
        """What was recorded before goes on under its own."""
        self.model.in_force = profile
        self.world.put_in_force(profile)

    @step(4, when=lambda self: self.model.places,
        by=index, at=index, who=WHO, purposes=st.sampled_from([*PURPOSES[:2] * 2, *PURPOSES]),
        conditions=st.sampled_from([*CONDITIONS[:1] * 3, *CONDITIONS]), how=ways(), begun=st.sampled_from(BEGUN),
        minutes=st.sampled_from([10, 600]), refused=st.integers(0, 5), spoken=st.booleans(), patient=index,
    )  # fmt: skip
    def record(self, by: int, at: int, patient: int, **said: Any) -> None:
        """Of a new patient, or of one who has another consent."""
        place = pick(self.model.places, at)
        subject = pick([new_id("sub"), *(consent.newest.subject for consent in self.model.consents[-2:])], patient)
        self.record_for(place, by, subject, **said)

    def record_for(
        self, place: Place, by: int, subject: str, who: str, purposes: tuple[str, ...] = PURPOSES[1],
        conditions: Conditions = CONDITIONS[0], how: How = How(), begun: int = 1000, minutes: int = 600,
        refused: int = 1, spoken: bool = True,
    ) -> None:  # fmt: skip
        now = self.now
        actor = pick([*self.members(place), pick(self.model.actors, by)], by)
        since = now - (1000 if how.basis == "emergency" else begun)
        scope = actor.device.scope(
            [], recipients=self.recipients(place, who), purposes=purposes, conditions=conditions, basis=how.basis,
            decision="given" if refused else "refused", valid_from=since, valid_until=now + minutes * MINUTE + 30_000,
            taken=how.taken, policy=self.model.in_force, subject=subject,
        )  # fmt: skip
        scope, unknown = self.witnessed(scope, actor, by)
        thread = place.room.thread if spoken else None
        code = actor.guard(now) or code_of(self.model, scope, now) or unknown
        code = code or ("not_found" if spoken and not place.holds(actor) else "")
        if self.expect(self.wait(actor.device.record(scope, thread)), code):
            self.model.consents.append(Consent([scope], place, {thread} if thread else set(), now))
            self.model.expected["consent", "recorded", None] += 1

    def witnessed(self, scope: Scope, actor: Actor, by: int) -> tuple[Scope, str]:
        """With one of the people as its witness, where there was one; and the code that this must meet."""
        if scope.taken.witness is None:
            return scope, ""
        witness = pick(self.model.actors, by + 1)
        seen = any(one.valid_from <= self.now < one.valid_until for one in witness.attestations.values())
        scope = replace(scope, taken=replace(scope.taken, witness=witness.me))
        return scope, "" if seen and witness is not actor else "witness_unknown"

    @step(
        5,
        when=lambda self: self.model.consents and self.model.places,
        by=index,
        which=index,
        at=index,
        who=WHO,
        decision=st.sampled_from(["given"] * 3 + ["refused", "withdrawn"]),
        anew=st.sampled_from([True, True, False]),
    )
    def amend(self, by: int, which: int, at: int, who: str, decision: str, anew: bool) -> None:
        """`anew`: under the profile in force, as it must be where sharing goes on."""
        actor, consent, place = (
            pick(self.model.actors, by),
            pick(self.model.consents, which),
            pick(self.model.places, at),
        )
        changes: dict[str, Any] = {"recipients": self.recipients(place, who)} if decision == "given" else {}
        changes |= {"policy": self.model.in_force} if anew else {}
        version = actor.device.following(consent.newest, decision=decision, **changes)
        code = self.recording(actor, consent, version) or self.unanswered(consent, version)
        answer = self.wait(actor.device.record(version))
        holds(1, answer.status != 200 or not code, answer, code)
        if self.expect(answer, code):
            self.recorded(consent, version, answer.data["closed"], actor)

    def recorded(
        self, consent: Consent, version: Scope, closed: list[str] | None = None, by: Actor | None = None
    ) -> None:
        """A version was accepted. `closed`: what the server said to `by` that it closed."""
        consent.follow(version, self.now)
        self.model.expected["consent", "recorded", None] += 1
        moved = self.model.consent_changed(consent, self.now)
        seen = {row.disclosure for row in self.model.disclosures if by is None or row.place.holds(by)}
        foreseen = [disclosure for disclosure in moved if disclosure in seen]
        assert closed is None or sorted(closed) == sorted(foreseen), (closed, foreseen)

    def recording(self, actor: Actor, consent: Consent, version: Scope) -> str:
        """The code that a version must meet, before anybody asks what the patient answered."""
        if actor.guard(self.now):
            return actor.guard(self.now)
        if version.decision == "given" and version.policy != self.model.in_force:
            return "policy_mismatch"
        if not self.model.may_amend(actor, consent, self.now):
            return "not_found"
        before = consent.newest
        if before.decision == "withdrawn" or version.version != before.version + 1:
            return "consent_conflict"
        return code_of(self.model, version, self.now)

    def unanswered(self, consent: Consent, version: Scope) -> str:
        """Where the patient has answered on their own page, nobody says more than that in their name."""
        before = consent.newest
        if before.taken.answer is None:
            return ""
        less = set(version.recipients) <= set(before.recipients) and version.policy == before.policy
        ends = before.decision == "given" and version.decision in ("given", "withdrawn") and less
        return "" if ends else "answer_mismatch"
