"""Two organisations and the people whom one example is about, each with a device that speaks to the API."""

from __future__ import annotations

import asyncio
from typing import Any

from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import Attestation, PolicyName, Scope
from server.stateful.background import Background
from server.stateful.model import Actor
from world.device import Answer, Device
from world.organisation import YEAR, Organisation
from world.patient import Patient

ROLES = {"intern": "Intern", "surgeon": "Surgeon"}


def _teams(number: int) -> dict[str, str]:
    return {name: make_identifier("tea", bytes([number]) * 15 + name.encode()) for name in "AB"}


class World:
    """Organisations last as long as the server; people are made new for each example."""

    def __init__(self, background: Background) -> None:
        self.background, self.running = background, background.running
        self.organisations = [
            Organisation(self.running, name, _teams(number), ROLES)
            for number, name in enumerate(("Riverbend Hospital", "Coastal Orthopaedics"), 1)
        ]
        for organisation in self.organisations:
            background.wait(organisation.register())
        for one, other in (self.organisations, reversed(self.organisations)):
            background.wait(one.know(other))
        self.serial = 0
        self.phones: list[Patient] = []

    @property
    def now(self) -> int:
        return self.running.clock.now()

    def enrol(self, names: list[str]) -> list[Actor]:
        """One person for each name, alternating between the organisations; nobody is attested yet."""

        async def one(place: int, name: str) -> Actor:
            home = self.organisations[place % 2]
            device = Device(self.running, await home.invite(name), home)
            return Actor(await device.enrol(attest=False))

        async def all_of_them() -> list[Actor]:
            return list(await asyncio.gather(*(one(place, name) for place, name in enumerate(names))))

        return self.background.wait(all_of_them())

    def put_in_force(self, name: PolicyName) -> None:
        """As after the operator has started the server with another profile."""
        self.running.server.consents.policies.in_force = name

    def attest(
        self,
        actor: Actor,
        organisation: Organisation,
        teams: str,
        roles: tuple[str, ...],
        lasts: int,
        since: int = -1000,
    ) -> Answer:
        """Signs and sends what an organisation says of a person, from `since` to `lasts` milliseconds from now."""
        self.serial += 1
        ids = tuple(organisation.teams[team] for team in teams)
        said = Attestation(
            organisation.organisation, actor.me, actor.device.person.name, actor.device.person.identity_key,
            roles, ids, None, self.serial, self.now + since, self.now + lasts,
        )  # fmt: skip
        envelope = envelope_object(sign("attestation", said, organisation.organisation, organisation.seed))
        answer = self.wait(actor.device.call("POST", "/api/attestations", {"attestation": envelope}))
        if answer.status == 200:
            actor.attestations[organisation.organisation] = said
        return answer

    def attest_all(self, actors: list[Actor]) -> None:
        for actor in actors:
            assert self.attest(actor, actor.device.home, "A", ("intern",), YEAR).status == 200

    def phone(self) -> Patient:
        """A patient's, that has not been here before."""
        self.phones.append(Patient(self.running))
        return self.phones[-1]

    def newest(self, consent: str) -> Scope:
        """The version that stands, as the server keeps it."""

        async def read() -> Scope | None:
            async with self.running.server.database.read() as tx:
                standing = await self.running.server.consents.standing(tx, consent)
            return None if standing is None else standing.scope

        scope = self.wait(read())
        assert isinstance(scope, Scope)
        return scope

    def wait(self, awaitable: Any) -> Any:
        return self.background.wait(awaitable)

    def leave(self, actors: list[Actor]) -> None:
        for one in (*(actor.device for actor in actors), *self.phones):
            self.wait(one.close())
        self.phones.clear()
