"""What must be true, kept beside the server and without its code: only the pure decision is shared (SPEC S5.4)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from inscope_protocol.decision import Reason, covers, decide
from inscope_protocol.policy import Policy
from inscope_protocol.types import (
    Answer,
    Attestation,
    ImageDescriptor,
    PersonRecipient,
    PolicyName,
    Recipient,
    Scope,
    Thread,
    convert,
)
from server.images.room import Room
from world.device import Device
from world.patient import Patient
from world.running import POLICIES

MENDABLE = {"not_attested", "attestation_lapsed", "person_not_covered"}
SHARED = ("live", "suspended")
PROFILES = [convert(json.loads(path.read_text("utf-8")), Policy) for path in sorted(POLICIES.glob("*.json"))]
KNOWN = {PolicyName(policy.profile, policy.version): policy for policy in PROFILES}
HOUR = 3_600_000


@dataclass
class Actor:
    """A person with one device. `attestations`: what stands, by organisation."""

    device: Device
    attestations: dict[str, Attestation] = field(default_factory=dict)
    revoked: bool = False

    @property
    def me(self) -> str:
        return self.device.me

    def is_active(self, now: int) -> bool:
        held = self.attestations.values()
        return not self.revoked and any(one.valid_from <= now < one.valid_until for one in held)

    def guard(self, now: int) -> str:
        """The code that meets whatever this device asks for, or an empty string."""
        if self.revoked:
            return "not_signed_in"
        return "" if self.is_active(now) else "not_attested"


@dataclass
class Place:
    """A thread: the room as its members know it, and whose device is whose."""

    room: Room
    kind: str
    purpose: str
    creator: str = ""

    @property
    def thread(self) -> Thread:
        return Thread(self.room.thread, self.kind, self.purpose)

    def holds(self, actor: Actor) -> bool:
        return actor.device.device in self.room.leaves.values()


@dataclass
class Consent:
    """`place`: the thread that it was first meant for. `swept`: until when time's effects on it were looked at."""

    versions: list[Scope]
    place: Place
    threads: set[str] = field(default_factory=set)
    swept: int = 0

    @property
    def newest(self) -> Scope:
        return self.versions[-1]

    def follow(self, version: Scope, now: int) -> None:
        self.versions.append(version)
        self.swept = now

    def instants(self) -> list[int]:
        """When time alone ends something: the consent's own end, and what its profile says of each purpose."""
        scope, policy = self.newest, KNOWN[self.newest.policy]
        hours = [row.days * 24 for row in policy.longest_days]
        if scope.basis == "emergency":
            hours = [min(policy.emergency_hours, each) for each in hours]
        return [scope.valid_until, *(scope.valid_from + each * HOUR for each in hours)]


@dataclass
class Disclosure:
    """`state` as SPEC S7.9; `code`: why a pending one ended."""

    disclosure: str
    blob: str
    granted: Any
    place: Place
    consent: Consent
    version: int
    image: ImageDescriptor
    epoch: int
    by: Actor
    lapses_at: int
    state: str = "pending"
    code: str = ""
    data: bytes = b""
    server_half: str = ""


@dataclass
class Question:
    """Put to a patient about `named`, an id; `consent` is there where it is to become wider. `state` as API.md; until
    `shown_until` the visit sees what it answered.
    """

    request: str
    link: str
    named: str
    previous: str | None
    subject: str
    asked: Any
    by: Actor
    place: Place
    consent: Consent | None
    expires_at: int
    state: str = "put"
    patient: Patient | None = None
    answer: Answer | None = None
    hash: str = ""
    shown_until: int = 0


@dataclass
class Link:
    """To look back at `consent`, an id. `patient`: the phone that said the code, whose visit ends at `until`."""

    consent: str
    path: str
    failures: int = 0
    locked_until: int = 0
    patient: Patient | None = None
    until: int = 0


class Model:
    """The whole of it. Changes answer which disclosures they moved; `expected` counts what the log must hold."""

    def __init__(self) -> None:
        self.in_force = PolicyName("base", 1)
        self.actors: list[Actor] = []
        self.places: list[Place] = []
        self.consents: list[Consent] = []
        self.disclosures: list[Disclosure] = []
        self.questions: list[Question] = []
        self.links: list[Link] = []
        self.expected: Counter[tuple[str, str, str | None]] = Counter()
        self.swept = 0

    # Questions

    def people(self, place: Place) -> list[Actor]:
        by_device = {actor.device.device: actor for actor in self.actors}
        return [by_device[place.room.leaves[leaf]] for leaf in sorted(place.room.leaves)]

    def reasons(self, row: Disclosure, people: list[Actor], now: int) -> list[Reason]:
        return self.decide(row.consent.newest, row.place, row.image, people, now)

    def decide(self, scope: Scope, place: Place, image: ImageDescriptor, people: list[Actor], now: int) -> list[Reason]:
        recipients = [Recipient(actor.me, tuple(actor.attestations.values())) for actor in people]
        return list(decide(scope, KNOWN[scope.policy], place.thread, recipients, image, now).reasons)

    def ended(self, place: Place, now: int) -> list[Reason]:
        return [Reason("not_attested", one.me, "") for one in self.people(place) if not one.is_active(now)]

    def uncovered(self, place: Place, fresh: list[Actor], now: int) -> list[Disclosure]:
        """Images of a thread that do not cover somebody who is to be added."""
        names = {actor.me for actor in fresh}
        shared = [row for row in self.disclosures if row.place is place and row.state in SHARED]
        return [row for row in shared if any(reason.who in names for reason in self.reasons(row, fresh, now))]

    def consent(self, name: str) -> Consent | None:
        return next((one for one in self.consents if one.newest.consent == name), None)

    def is_covered(self, actor: Actor, scope: Scope, now: int) -> bool:
        reader = Recipient(actor.me, tuple(actor.attestations.values()))
        nowhere = Thread("", "case", "teaching")
        return any(covers(scope, place, reader, now) for place in (nowhere, *self.threads_of(actor)))

    def threads_of(self, actor: Actor) -> list[Thread]:
        return [place.thread for place in self.places_of(actor)]

    def places_of(self, actor: Actor) -> list[Place]:
        return [place for place in self.places if place.holds(actor)]

    def concerns(self, actor: Actor, consent: Consent, now: int) -> bool:
        """API.md: who may read a consent."""
        for scope in consent.versions:
            if scope.recorder == actor.me or PersonRecipient(actor.me) in scope.recipients:
                return True
        mine = self.places_of(actor)
        shares = any(row.consent is consent and row.state in SHARED and row.place in mine for row in self.disclosures)
        spoken = any(place.room.thread in consent.threads for place in mine)
        return shares or spoken or self.is_covered(actor, consent.newest, now)

    def may_amend(self, actor: Actor, consent: Consent, now: int) -> bool:
        recorded = any(scope.recorder == actor.me for scope in consent.versions)
        return recorded or self.is_covered(actor, consent.newest, now)

    # Changes

    def consent_changed(self, consent: Consent, now: int) -> list[str]:
        """S7.9, after a consent change or its expiry: every denial is final. Returns what was closed."""
        closed = []
        for row in [row for row in self.disclosures if row.consent is consent]:
            if row.state == "pending":
                row.state, row.code = "destroyed", "consent_superseded"
            elif row.state in SHARED:
                denied = self.reasons(row, self.people(row.place), now)
                if self.move(row, "destroyed" if denied else "live"):
                    closed += [row.disclosure] if denied else []
        return closed

    def decide_again(self, rows: list[Disclosure], now: int) -> None:
        """S7.9, after a change of people: what an attestation or a removal can mend is suspended only."""
        for row in rows:
            if row.state in SHARED:
                codes = {reason.code for reason in self.reasons(row, self.people(row.place), now)}
                self.move(row, "live" if not codes else "suspended" if codes <= MENDABLE else "destroyed")

    def move(self, row: Disclosure, state: str) -> bool:
        if row.state == state:
            return False
        row.state = state
        self.expected["close", state, row.disclosure] += 1
        return True

    def sweep(self, now: int) -> None:
        for consent in self.consents:
            if any(consent.swept < at <= now for at in consent.instants()):
                self.consent_changed(consent, now)
            consent.swept = now
        for actor in self.actors:
            instants = [at for one in actor.attestations.values() for at in (one.valid_from, one.valid_until)]
            if any(self.swept < at <= now for at in instants):
                mine = self.places_of(actor)
                self.decide_again([row for row in self.disclosures if row.place in mine], now)
        self.swept = now
        for row in self.disclosures:
            if row.state == "pending" and now >= row.lapses_at:
                row.state, row.code = "destroyed", "disclosure_lapsed"
