"""An intern, a specialist, and a patient with a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from world.device import Device
from world.patient import Patient


@pytest.fixture
async def intern(story) -> Device:
    return await story.device(story.riverbend, "Ines Moreau", ("intern",), ("Emergency",))


@pytest.fixture
async def specialist(story) -> Device:
    return await story.device(story.coastal, "Samuel Okafor", ("orthopaedic-surgeon",), ("Trauma",))


@pytest.fixture
async def patient(story) -> AsyncIterator[Patient]:
    patient = Patient(story.running)
    yield patient
    await patient.close()
