"""People whose devices are sent to any process by a balancer that keeps nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp

from inscope_server.app import Server
from processes.cluster import ORIGIN, Process
from server.web.line import Line
from world.device import Answer, Device
from world.organisation import Organisation
from world.running import TestClock


@dataclass
class Site:
    """What devices and organisations need of `Running`; `server`: the parts at the operator's desk."""

    server: Server
    origin: str = ORIGIN
    clock: TestClock = field(default_factory=TestClock)


@dataclass
class Hopping(Device):
    """Each request goes to the next process, in turn, under one session."""

    ways: list[aiohttp.ClientSession] = field(default_factory=list)
    turn: Iterator[aiohttp.ClientSession] = field(default_factory=lambda: itertools.cycle(()))

    left: list[aiohttp.ClientSession] = field(default_factory=list)

    def reach(
        self, processes: list[Process], first: int = 0, jar: aiohttp.abc.AbstractCookieJar | None = None
    ) -> Hopping:
        jar = jar or aiohttp.CookieJar(unsafe=True)
        self.ways = [aiohttp.ClientSession(one.origin, cookie_jar=jar) for one in processes]
        self.turn = itertools.cycle(self.ways[first:] + self.ways[:first])
        return self

    def go_to(self, processes: list[Process]) -> None:
        """From now on, in the same session. Requests that are under way go on."""
        assert self.ways
        self.left += self.ways
        self.reach(processes, jar=self.ways[0].cookie_jar)

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        self.http = next(self.turn)
        return await super().call(method, path, body, **options)

    async def at(self, place: int, method: str, path: str, body: Any = None) -> Answer:
        """To this very process."""
        self.http = self.ways[place]
        return await super().call(method, path, body)

    async def line(self, place: int) -> Line:
        """A socket of this very process."""
        self.http = self.ways[place]
        return await Line.open(self)

    async def close(self) -> None:
        for way in (*self.left, *self.ways):
            await way.close()


@dataclass
class Ward:
    """Somebody new for each test, so that no limit of one counts in another."""

    site: Site
    home: Organisation
    processes: list[Process]
    staff: list[Hopping] = field(default_factory=list)

    @classmethod
    async def of(cls, server: Server, processes: list[Process]) -> Ward:
        site: Any = Site(server)
        home = Organisation(site, "Riverbend Hospital", {}, {"intern": "Intern"})
        await home.register()
        await home.know()
        return cls(site, home, processes)

    async def device(self, name: str) -> Hopping:
        """Each begins at another process."""
        site: Any = self.site
        device = Hopping(site, await self.home.invite(name, ("intern",)), self.home)
        self.staff.append(device.reach(self.processes, len(self.staff) % len(self.processes)))
        await device.enrol()
        return device

    async def devices(self, count: int) -> list[Hopping]:
        return [await self.device(f"Person {number}") for number in range(count)]

    async def close(self) -> None:
        for device in self.staff:
            await device.close()


def at(device: Hopping, place: int, ready: partial[Any]) -> Any:
    """What `ready` would ask of the next process, asked of this one."""
    return device.at(place, *ready.args)
