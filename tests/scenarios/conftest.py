"""The story's people, each with the real session core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from inscope_protocol.identifiers import make_identifier
from world.organisation import Organisation, Person
from world.running import Running
from world.session import PASSPHRASE, Driver, Session

XRAY = Path(__file__).resolve().parents[2] / "client_web" / "public" / "sample-xray.jpg"
DAY = 24 * 3600 * 1000


@dataclass
class Hospital:
    """Two organisations that know each other, and whoever the scenario asks for."""

    running: Running
    driver: Driver
    riverbend: Organisation
    coastal: Organisation
    attesters: list[asyncio.Task[None]] = field(default_factory=list)

    async def enrol(self, home: Organisation, name: str, roles: Any = (), teams: Any = (), **start: Any) -> Session:
        """Invites, starts a device, enrols it; the organisation confirms as soon as the device has asked."""
        person = await home.invite(name, roles, teams)
        session = Session(self.driver, name, person.person)
        await self.driver.call(name, "start", {"origin": self.running.origin, **start})
        enrolling = asyncio.create_task(session.enrol(person.fragment, PASSPHRASE, "test device"))
        await self._confirm(home, person)
        await enrolling
        await session.connect()
        while not (await session.raw("GET", "/api/key-packages/count"))["body"]["available"]:
            await asyncio.sleep(0.01)
        return session

    async def _confirm(self, home: Organisation, person: Person) -> None:
        accounts = self.running.server.accounts
        for _ in range(2000):
            async with self.running.server.database.read() as tx:
                devices = (await accounts.devices_of(tx, [person.person]))[person.person]
            if devices:
                person.identity_key = devices[0].certificate.identity_key
                await home.attest(person)
                return
            await asyncio.sleep(0.01)
        raise TimeoutError("the device never asked to be confirmed")

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


@pytest.fixture
async def hospital(server: Running) -> AsyncIterator[Hospital]:
    emergency, trauma = (make_identifier("tea", bytes([number]) * 16) for number in (1, 2))
    riverbend = Organisation(server, "Riverbend Hospital", {"Emergency": emergency}, {"intern": "Intern"})
    coastal = Organisation(server, "Coastal Orthopaedics", {"Trauma": trauma}, {"surgeon": "Orthopaedic surgeon"})
    for organisation in (riverbend, coastal):
        await organisation.register()
    await riverbend.know(coastal)
    await coastal.know(riverbend)
    driver = await Driver.start()
    yield Hospital(server, driver, riverbend, coastal)
    await driver.close()


@pytest.fixture
async def intern(hospital: Hospital) -> Session:
    return await hospital.enrol(hospital.riverbend, "Ines Moreau", ("intern",), ("Emergency",))


@pytest.fixture
async def specialist(hospital: Hospital) -> Session:
    return await hospital.enrol(hospital.coastal, "Samuel Okafor", ("surgeon",), ("Trauma",))


@pytest.fixture
async def colleague(hospital: Hospital) -> Session:
    return await hospital.enrol(hospital.riverbend, "Theo Brandt", ("intern",))
