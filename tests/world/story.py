"""The story's people as devices that speak to the API directly, and how a test gets them without waiting for them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from inscope_protocol.identifiers import make_identifier

from .device import Device
from .organisation import Organisation
from .running import Running

MEMBERS = ("intern", "specialist", "colleague")
"""Whom `Story.member` knows."""


def _team(number: int) -> str:
    return make_identifier("tea", bytes([number]) * 16)


@dataclass
class Story:
    """An emergency department, an off-site specialist, a colleague and the social group's interns."""

    running: Running
    riverbend: Organisation
    coastal: Organisation
    devices: list[Device] = field(default_factory=list)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each device's session, while nothing is connected."""

    @classmethod
    async def with_members(cls, running: Running, members: Sequence[str]) -> Story:
        """At rest: `go_on` takes it up."""
        story = await cls.on(running)
        for member in members:
            await story.member(member)
        story.cookies = {device.device: device.cookies() for device in story.devices}
        await story.close()
        for device in story.devices:
            device.http = None
        return story

    def go_on(self, running: Running) -> Story:
        """The same people with the same keys and sessions, on a server that began with copies of all this."""
        story = copy.deepcopy(self, {id(self.running): running})
        for device in story.devices:
            device.connect(self.cookies[device.device])
        return story

    @classmethod
    async def on(cls, running: Running) -> Story:
        """Two organisations that know each other."""
        riverbend = Organisation(running, "Riverbend Hospital", {"Emergency": _team(1)}, {"intern": "Intern"})
        surgeon = {"orthopaedic-surgeon": "Surgeon"}
        coastal = Organisation(running, "Coastal Orthopaedics", {"Trauma": _team(2)}, surgeon)
        for organisation in (riverbend, coastal):
            await organisation.register()
        await riverbend.know(coastal)
        await coastal.know(riverbend)
        return cls(running, riverbend, coastal)

    async def device(
        self, home: Organisation, name: str, roles: tuple[str, ...] = (), teams: tuple[str, ...] = ()
    ) -> Device:
        device = Device(self.running, await home.invite(name, roles, teams), home)
        self.devices.append(device)
        return await device.enrol()

    async def member(self, name: str) -> Device:
        """`intern`, `specialist` or `colleague`: who is there already, or comes now."""
        home, called, roles, teams = {
            "intern": (self.riverbend, "Ines Moreau", ("intern",), ("Emergency",)),
            "specialist": (self.coastal, "Samuel Okafor", ("orthopaedic-surgeon",), ("Trauma",)),
            "colleague": (self.riverbend, "Theo Brandt", ("intern",), ("Emergency",)),
        }[name]
        there = (device for device in self.devices if device.person.name == called)
        return next(there, None) or await self.device(home, called, roles, teams)

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

    async def close(self) -> None:
        for device in self.devices:
            await device.close()
