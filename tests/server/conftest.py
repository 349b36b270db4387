"""The story's people as devices that speak to the API directly: they are there when a test begins."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from world.beginning import Beginnings, Begun
from world.device import Device
from world.running import Running
from world.story import MEMBERS, Story


@pytest.fixture
def begun(request: pytest.FixtureRequest, beginnings: Beginnings) -> Begun | None:
    if "story" not in request.fixturenames:
        return None
    members = tuple(name for name in MEMBERS if name in request.fixturenames)
    return beginnings.of(request, Story.with_members, members)


@pytest.fixture
async def story(server: Running, begun: Begun | None) -> AsyncIterator[Story]:
    story = begun.world.go_on(server) if begun else await Story.on(server)
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
