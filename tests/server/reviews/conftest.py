"""Riverbend's privacy officer, and an intern who records emergencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from inscope_protocol.types import Scope
from world.device import HOUR, TAKEN, Answer, Device

ROLE = "privacy-officer"


def emergency(device: Device, people: list[str], **changes: Any) -> Scope:
    taken = replace(TAKEN, reason="unconscious")
    scope = device.scope(people, basis="emergency", taken=taken, **changes)
    return replace(scope, valid_until=scope.valid_from + 23 * HOUR)


@dataclass
class Desk:
    """What an officer sees and says."""

    officer: Device

    async def page(self, **query: Any) -> Answer:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return await self.officer.call("GET", f"/api/reviews?{asked}")

    async def listed(self) -> list[dict[str, Any]]:
        answer = await self.page()
        assert answer.status == 200, answer
        return list(answer.data["reviews"])

    async def review(self, consent: str, outcome: str = "in_order", **changes: Any) -> Answer:
        body = {"organisation": self.officer.home.organisation, "version": 1, "outcome": outcome, **changes}
        return await self.officer.call("POST", f"/api/reviews/{consent}", body)


@pytest.fixture
async def officer(story) -> Device:
    return await story.device(story.riverbend, "Ruth Adeyemi", (ROLE,))


@pytest.fixture
async def desk(officer) -> Desk:
    return Desk(officer)


@pytest.fixture
async def recorded(story, intern, specialist) -> tuple[str, Scope]:
    """(thread, scope) of an emergency that the intern recorded."""
    thread = await story.case(intern, specialist)
    scope = emergency(intern, [intern.me, specialist.me])
    assert (await intern.record(scope, thread)).status == 200
    return thread, scope
