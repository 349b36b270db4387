"""The story's two organisations, their people with the real session core, and how a test gets them enrolled."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inscope_protocol.identifiers import make_identifier
from world.organisation import Organisation, Person
from world.running import Running
from world.session import PASSPHRASE, Driver, Session

XRAY = Path(__file__).resolve().parents[2] / "client_web" / "public" / "sample-xray.jpg"
DAY = 24 * 3600 * 1000
PEOPLE = {
    "administrator": ("riverbend", "Vera Lund", ("administrator",), ()),
    "officer": ("riverbend", "Ruth Adeyemi", ("privacy-officer",), ()),
    "intern": ("riverbend", "Ines Moreau", ("intern",), ("Emergency",)),
    "specialist": ("coastal", "Samuel Okafor", ("surgeon",), ("Trauma",)),
    "colleague": ("riverbend", "Theo Brandt", ("intern",), ()),
}
"""Whom `Hospital.member` knows: organisation, name, roles, teams."""
USUAL = ("intern", "specialist", "colleague")
"""Who has a device in every hospital, whether or not a test takes it out: one beginning serves most tests."""


@dataclass
class Kept:
    """A person's device as it was when it was last locked: what its storage holds."""

    person: str
    entries: list[Any]


@dataclass
class Hospital:
    """Two organisations that know each other, and whoever the scenario asks for. `kept`: who has enrolled before."""

    running: Running
    driver: Driver
    riverbend: Organisation
    coastal: Organisation
    kept: dict[str, Kept] = field(default_factory=dict)

    @classmethod
    async def on(cls, running: Running) -> Hospital:
        emergency, trauma = (make_identifier("tea", bytes([number]) * 16) for number in (1, 2))
        riverbend = Organisation(running, "Riverbend Hospital", {"Emergency": emergency}, {"intern": "Intern"})
        coastal = Organisation(running, "Coastal Orthopaedics", {"Trauma": trauma}, {"surgeon": "Orthopaedic surgeon"})
        for organisation in (riverbend, coastal):
            await organisation.register()
        await riverbend.know(coastal)
        await coastal.know(riverbend)
        return cls(running, await Driver.start(), riverbend, coastal)

    async def enrol(self, home: Organisation, name: str, roles: Any = (), teams: Any = (), **start: Any) -> Session:
        """Invites, starts a device, enrols it; the organisation confirms as soon as the device has asked."""
        return await self._set_up(home, await home.invite(name, roles, teams), name, **start)

    async def replace(self, home: Organisation, session: Session) -> Session:
        """Another device of the same person, which is confirmed in the place of this one."""
        person = await home.invite_again(session.person)
        return await self._set_up(home, person, f"{session.name}, again")

    async def joining(self, session: Session, label: str = "Ward desktop") -> tuple[Session, asyncio.Task[None]]:
        """Another device of the same person, which has asked by a link that this one shows; and its end."""
        await session.offerDevice(PASSPHRASE)
        new = Session(self.driver, f"{session.name}, {label}", session.person)
        await self.driver.call(new.name, "start", {"origin": self.running.origin})
        joined = asyncio.create_task(new.join((await session.deviceOffer())["link"], PASSPHRASE, label))
        waiting = asyncio.create_task(new.wait(numbered=True))
        await asyncio.wait([joined, waiting], return_when=asyncio.FIRST_COMPLETED)
        return new, joined

    async def beside(self, session: Session, label: str = "Ward desktop") -> Session:
        """Another device of the same person, at the same time: its owner types the number that it shows."""
        new, joined = await self.joining(session, label)
        await session.wait(offer="asked")
        await session.confirmDevice((await new.joining())["number"])
        await joined
        await new.wait(line="online")
        return new

    async def _set_up(self, home: Organisation, person: Person, name: str, **start: Any) -> Session:
        session = Session(self.driver, name, person.person)
        await self.driver.call(name, "start", {"origin": self.running.origin, **start})
        enrolling = asyncio.create_task(session.enrol(person.fragment, PASSPHRASE, "test device"))
        await home.confirm(person)
        await enrolling
        await session.connect()
        while not (await session.raw("GET", "/api/key-packages/count"))["body"]["available"]:
            await asyncio.sleep(0.01)
        return session

    async def member(self, called: str, **start: Any) -> Session:
        """One of `PEOPLE`, connected: by the device that was enrolled before, or by one that enrols now."""
        home, name, roles, teams = PEOPLE[called]
        if called not in self.kept:
            return await self.enrol(getattr(self, home), name, roles, teams, **start)
        kept = self.kept[called]
        session = Session(self.driver, name, kept.person)
        await self.driver.call(name, "start", {"origin": self.running.origin, "kept": kept.entries, **start})
        await session.unlock(PASSPHRASE)
        await session.connect()
        await session.wait(line="online")
        return session

    @classmethod
    async def with_members(cls, running: Running, members: tuple[str, ...]) -> Hospital:
        """Whose devices are locked: `go_on` takes it up, and `member` them."""
        hospital = await cls.on(running)
        hospital.kept = {called: await hospital._kept(called) for called in members}
        await hospital.driver.close()
        return hospital

    async def go_on(self, running: Running) -> Hospital:
        """The same, on a server that began with copies of all this."""
        those = {id(self.running): running, id(self.driver): await Driver.start(), id(self.kept): self.kept}
        return copy.deepcopy(self, those)

    async def _kept(self, called: str) -> Kept:
        session = await self.member(called)
        await session.lock()
        return Kept(session.person, await session.entries())

    def draft(self, people: list[Session], **changes: Any) -> dict[str, Any]:
        """Consent given by the patient for these people, for direct-care advice, for a day."""
        now = self.running.clock.now()
        draft = {
            "subject": None, "decision": "given", "basis": "patient", "how": "verbal", "witness": None, "sheet": None,
            "interpreter": None, "representative": None, "assent": None, "reason": None, "sensitive": [],
            "purposes": ["direct-care-advice"], "deidentifiedOnly": False, "noOnwardSharing": False,
            "recipients": [{"kind": "person", "person": one.person} for one in people],
            "imageKinds": ["radiograph"], "validFrom": now - 1000, "validUntil": now + DAY,
            "record": {
                "patientName": "Alex Canary", "recordNumber": "RN-771", "dateOfBirth": "1961-02-03", "note": "",
                "representativeName": "", "interpreterName": "", "offerAgainOn": "",
            },
        }  # fmt: skip
        return {**draft, **changes}

    def xray(self, **changes: Any) -> dict[str, Any]:
        """A prepared picture, as the platform hands it to the session core."""
        image = {
            "bytes": XRAY.read_bytes(), "mediaType": "image/jpeg", "width": 900, "height": 1200, "kind": "radiograph",
            "deidentified": False, "sensitive": [], "takenAt": None, "bodySite": "leg", "laterality": "right",
        }  # fmt: skip
        return {**image, **changes}
