"""An intern, a specialist, and a patient with a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from world.patient import Patient


@pytest.fixture
async def patient(story) -> AsyncIterator[Patient]:
    patient = Patient(story.running)
    yield patient
    await patient.close()
