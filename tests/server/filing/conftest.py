"""The story's people, an image, and their hospital's gateway."""

from __future__ import annotations

import pytest

from server.filing.desk import Desk
from server.images.arena import Arena, arena

__all__ = ["arena"]


@pytest.fixture
async def desk(arena: Arena) -> Desk:
    return await Desk.of(arena)
