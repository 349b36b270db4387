"""An emergency, from the record to its review and the patient's own answer, by the real session core."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from scenarios.test_patients import answer, settled, shared
from world.patient import Patient
from world.session import Failed, Session

CASE = ("case", "direct-care-advice", "Unconscious, bed 4")


@pytest.fixture
async def patient(hospital: Any) -> AsyncIterator[Patient]:
    patient = Patient(hospital.running)
    yield patient
    await patient.close()


async def emergency(hospital: Any, intern: Session, specialist: Session) -> tuple[str, str, str]:
    """(thread, consent, disclosure) of an image that was shared in an emergency."""
    thread = await intern.createThread(*CASE, [specialist.person])
    until = hospital.running.clock.now() + 6 * 3_600_000
    taken = {"basis": "emergency", "reason": "unconscious", "validUntil": until}
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist], **taken))
    return thread, consent, await shared(intern, specialist, hospital, thread, consent)


async def test_the_officer_reviews_and_the_recorder_reads_it(hospital, intern, specialist, officer):
    thread, consent, disclosure = await emergency(hospital, intern, specialist)
    await specialist.open(thread, disclosure)
    assert [await one.isPrivacyOfficer() for one in (officer, intern, specialist)] == [True, False, False]
    page = await officer.emergencies(None)
    (listed,) = page["emergencies"]
    assert page["next"] is None
    assert (listed["consent"], listed["reason"], listed["images"], listed["openings"]) == (consent, "unconscious", 1, 1)
    assert (listed["recorder"]["name"], listed["mine"], listed["review"]) == ("Ines Moreau", False, None)
    assert not re.search("Alex Canary|RN-771|Unconscious, bed 4", str(page))
    said = await officer.reviewEmergency(listed, "follow_up")
    assert (said["person"]["name"], said["outcome"]) == ("Ruth Adeyemi", "follow_up")
    for reader in (intern, specialist):
        (review,) = await reader.reviewsOf(consent)
        assert (review["person"]["name"], review["outcome"], review["at"]) == ("Ruth Adeyemi", "follow_up", said["at"])
    with pytest.raises(Failed) as refused:
        await officer.reviewEmergency(listed, "in_order")
    assert refused.value.code == "review_closed"
    with pytest.raises(Failed) as refused:
        await intern.emergencies(None)
    assert refused.value.code == "not_found"
    with pytest.raises(Failed):
        await officer.open(thread, disclosure)


async def test_a_patients_no_closes_the_emergency_on_every_screen(hospital, intern, specialist, officer, patient):
    thread, consent, disclosure = await emergency(hospital, intern, specialist)
    later = hospital.draft([intern, specialist], basis="emergency", reason="unconscious")
    view = await intern.askPatient(thread, later, consent)
    page = await answer(hospital, patient, view, ("answer", "no"))
    assert "The pictures are closed" in page.text
    assert (await settled(intern, view["request"]))["state"] == "refused"
    for session in (intern, specialist):
        await session.wait(thread=thread, disclosure=disclosure, state="destroyed")
        await session.wait(consent=consent, version=2)
    (listed,) = (await officer.emergencies(None))["emergencies"]
    assert (listed["settled"]["decision"], listed["settled"]["onPage"]) == ("withdrawn", True)


async def test_a_patients_yes_settles_it(hospital, intern, specialist, officer, patient):
    thread, consent, _ = await emergency(hospital, intern, specialist)
    later = hospital.draft([intern, specialist], basis="emergency", reason="unconscious")
    view = await intern.askPatient(thread, later, consent)
    await answer(hospital, patient, view, ("answer", "all"))
    assert (await settled(intern, view["request"]))["state"] == "agreed"
    (listed,) = (await officer.emergencies(None))["emergencies"]
    settling = listed["settled"]
    assert (settling["decision"], settling["basis"], settling["onPage"]) == ("given", "patient", True)
    assert listed["images"] == 1
