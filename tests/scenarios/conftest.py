"""The story's people, each with the real session core: their devices are enrolled when a test begins."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from scenarios.hospital import PEOPLE, USUAL, Hospital
from world.beginning import Beginnings, Begun
from world.running import Running
from world.session import Session


@pytest.fixture
def begun(request: pytest.FixtureRequest, beginnings: Beginnings) -> Begun | None:
    if "hospital" not in request.fixturenames:
        return None
    members = tuple(name for name in PEOPLE if name in (*USUAL, *request.fixturenames))
    return beginnings.of(request, Hospital.with_members, members)


@pytest.fixture
async def hospital(server: Running, begun: Begun) -> AsyncIterator[Hospital]:
    hospital = await begun.world.go_on(server)
    yield hospital
    await hospital.driver.close()


@pytest.fixture
async def administrator(hospital: Hospital) -> Session:
    return await hospital.member("administrator")


@pytest.fixture
async def officer(hospital: Hospital) -> Session:
    return await hospital.member("officer")


@pytest.fixture
async def intern(hospital: Hospital) -> Session:
    return await hospital.member("intern")


@pytest.fixture
async def specialist(hospital: Hospital) -> Session:
    return await hospital.member("specialist")


@pytest.fixture
async def colleague(hospital: Hospital) -> Session:
    return await hospital.member("colleague")
