"""The story's people as devices that speak to the API directly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from world.device import Device
from world.organisation import Organisation
from world.running import Running


@dataclass
class Story:
    """An emergency department, an off-site specialist, a colleague and the social group's interns."""

    running: Running
    riverbend: Organisation
    coastal: Organisation
    devices: list[Device] = field(default_factory=list)

    async def device(
        self, home: Organisation, name: str, roles: tuple[str, ...] = (), teams: tuple[str, ...] = ()
    ) -> Device:
        device = Device(self.running, await home.invite(name, roles, teams), home)
        self.devices.append(device)
        return await device.enrol()

    async def case(self, *others: Device) -> str:
        """A case thread for direct-care advice of the first device in `others` with the rest."""
        thread = await others[0].create_thread()
        if others[1:]:
            added = await others[0].commit(thread, adds=list(others[1:]))
            assert added.status == 200, added
        return thread

    async def social(self, *members: Device) -> str:
        thread = await members[0].create_thread("social", "none")
        added = await members[0].commit(thread, adds=list(members[1:]))
        assert added.status == 200, added
        return thread


@pytest.fixture
async def story(server: Running) -> AsyncIterator[Story]:
    riverbend = Organisation(server, "Riverbend Hospital", {"Emergency": _team(1)}, {"intern": "Intern"})
    coastal = Organisation(server, "Coastal Orthopaedics", {"Trauma": _team(2)}, {"orthopaedic-surgeon": "Surgeon"})
    for organisation in (riverbend, coastal):
        await organisation.register()
    await riverbend.know(coastal)
    await coastal.know(riverbend)
    story = Story(server, riverbend, coastal)
    yield story
    for device in story.devices:
        await device.close()


def _team(number: int) -> str:
    from inscope_protocol.identifiers import make_identifier

    return make_identifier("tea", bytes([number]) * 16)


@pytest.fixture
async def intern(story: Story) -> Device:
    return await story.device(story.riverbend, "Ines Moreau", ("intern",), ("Emergency",))


@pytest.fixture
async def specialist(story: Story) -> Device:
    return await story.device(story.coastal, "Samuel Okafor", ("orthopaedic-surgeon",), ("Trauma",))


@pytest.fixture
async def colleague(story: Story) -> Device:
    return await story.device(story.riverbend, "Theo Brandt", ("intern",), ("Emergency",))
