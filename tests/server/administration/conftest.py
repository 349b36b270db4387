"""Riverbend's administrator at their page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from world.device import Answer, Device

ROLE = "administrator"
DAY = 24 * 3_600_000
PAGE = "/api/administration"


@dataclass
class Office:
    """What an administrator asks; `found` collects every page of the list."""

    device: Device

    async def get(self, path: str = "", **query: Any) -> Answer:
        return await self.device.call("GET", f"{PAGE}{path}", params={name: str(said) for name, said in query.items()})

    async def found(self, path: str = "/people", **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            answer = await self.get(path, **query, **after)
            assert answer.status == 200, answer
            found += answer.data[path.strip("/")]
            if answer.data["next"] is None:
                return found
            after = {"after": answer.data["next"]}

    async def names(self, **query: Any) -> list[str]:
        return [one["display_name"] for one in await self.found(**query)]

    async def revoke(self, device: str) -> Answer:
        return await self.device.call("POST", f"{PAGE}/devices/{device}/revoke", {})


@pytest.fixture
async def administrator(story) -> Device:
    return await story.device(story.riverbend, "Vera Lund", (ROLE,))


@pytest.fixture
async def office(administrator) -> Office:
    return Office(administrator)
