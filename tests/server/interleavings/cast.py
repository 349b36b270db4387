"""The people of some interleavings: an intern who asks, a specialist by her team, a colleague, a patient's phone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from inscope_protocol.identifiers import make_identifier
from inscope_protocol.types import Attestation, Recipient
from world.device import Device
from world.organisation import YEAR, Organisation
from world.running import Running

MINUTE = 60_000


@dataclass
class Cast:
    """New people for every few interleavings, so that nobody sits in thousands of threads."""

    running: Running
    coastal: Organisation
    intern: Device
    specialist: Device
    colleague: Device

    @classmethod
    async def of(cls, running: Running, riverbend: Organisation, coastal: Organisation) -> Cast:
        async def one(home: Organisation, team: str) -> Device:
            name = f"Person {secrets.token_hex(6)}"
            return await Device(running, await home.invite(name, (), (team,)), home).enrol()

        return cls(
            running, coastal, await one(riverbend, "Emergency"), await one(coastal, "Trauma"),
            await one(riverbend, "Emergency"),
        )  # fmt: skip

    @property
    def devices(self) -> list[Device]:
        return [self.intern, self.specialist, self.colleague]

    def named(self, person: str) -> Device:
        return next(device for device in self.devices if device.me == person)

    async def attest(self, *, teams: bool = True, lasts: int = YEAR) -> None:
        """What the specialist's hospital says of him from now on."""
        person = self.specialist.person
        person.teams = tuple(self.coastal.teams.values()) if teams else ()
        await self.coastal.attest(person, lasts)

    async def recipients(self, people: list[str]) -> list[Recipient]:
        """People with the attestations that stand, for the decision."""
        accounts = self.running.server.accounts
        async with self.running.server.database.read() as tx:
            held: dict[str, list[Attestation]] = await accounts.attestations_of(tx, people)
        return [Recipient(person, tuple(held[person])) for person in people]

    async def leave(self) -> None:
        for device in self.devices:
            await device.close()


async def two_hospitals(running: Running) -> tuple[Organisation, Organisation]:
    """They know each other."""
    riverbend = Organisation(running, "Riverbend Hospital", {"Emergency": make_identifier("tea", bytes(16))})
    coastal = Organisation(running, "Coastal Orthopaedics", {"Trauma": make_identifier("tea", bytes([1]) * 16)})
    for one in (riverbend, coastal):
        await one.register()
    await riverbend.know(coastal)
    await coastal.know(riverbend)
    return riverbend, coastal
