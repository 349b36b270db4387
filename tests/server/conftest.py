"""The story's people as devices that speak to the API directly: they are there when a test begins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from servers.databases import NewDatabase, copied
from world.device import Device
from world.running import Running
from world.story import MEMBERS, Begun, Story


@pytest.fixture(scope="session")
def stories() -> dict[tuple[str, ...], Begun]:
    """The beginnings that are there, by kind of database and members: enrolling takes a while, and is done once."""
    return {}


@pytest.fixture
def begun(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    stories: dict[tuple[str, ...], Begun],
) -> Begun:
    members = tuple(name for name in MEMBERS if name in request.fixturenames)
    kind = request.node.callspec.params["database_url"]
    if (kind, *members) not in stories:
        folder = tmp_path_factory.mktemp("story")
        stories[kind, *members] = Begun.with_members(copied(request, kind, folder), folder, members)
    return stories[kind, *members]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, new_database: NewDatabase) -> str:
    """A fresh database of each kind, in which the story of a test that has one has begun already."""
    if "story" not in request.fixturenames:
        return new_database(request.param, tmp_path)
    begun: Begun | None = request.getfixturevalue("begun")
    if begun is None:
        return new_database(request.param, tmp_path)
    begun.copy_folder(tmp_path)
    return new_database(request.param, tmp_path, begun.url)


@pytest.fixture
async def story(server: Running, begun: Begun | None) -> AsyncIterator[Story]:
    story = begun.go_on(server) if begun else await Story.on(server)
    yield story
    await story.close()


@pytest.fixture
async def intern(story: Story) -> Device:
    return await story.member("intern")


@pytest.fixture
async def specialist(story: Story) -> Device:
    return await story.member("specialist")


@pytest.fixture
async def colleague(story: Story) -> Device:
    return await story.member("colleague")
