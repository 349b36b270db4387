"""The story's people, each with the real session core: their devices are enrolled when a test begins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scenarios.hospital import PEOPLE, USUAL, Begun, Hospital
from servers.databases import NewDatabase, copied
from world.running import Running
from world.session import Session


@pytest.fixture(scope="session")
def hospitals() -> dict[tuple[str, ...], Begun]:
    """The beginnings that are there, by kind of database and members: enrolling takes a while, and is done once."""
    return {}


@pytest.fixture
def begun(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    hospitals: dict[tuple[str, ...], Begun],
) -> Begun:
    members = tuple(name for name in PEOPLE if name in (*USUAL, *request.fixturenames))
    kind = request.node.callspec.params["database_url"]
    if (kind, *members) not in hospitals:
        folder = tmp_path_factory.mktemp("hospital")
        hospitals[kind, *members] = Begun.with_members(copied(request, kind, folder), folder, members)
    return hospitals[kind, *members]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, new_database: NewDatabase) -> str:
    """A fresh database of each kind, in which the members of a test's hospital are already."""
    if "hospital" not in request.fixturenames:
        return new_database(request.param, tmp_path)
    begun: Begun = request.getfixturevalue("begun")
    begun.copy_folder(tmp_path)
    return new_database(request.param, tmp_path, begun.url)


@pytest.fixture
async def hospital(server: Running, begun: Begun) -> AsyncIterator[Hospital]:
    hospital = await begun.go_on(server)
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
