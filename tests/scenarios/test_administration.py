"""An administrator at work, by the real session core: whose attestation ends, what was denied, and a lost phone."""

from __future__ import annotations

import re

import pytest

from scenarios.hospital import DAY
from scenarios.test_patients import shared
from world.session import Failed

CASE = ("case", "direct-care-advice", "Fall from a ladder, bed 12")


async def test_the_own_organisations_people_are_seen_and_nobody_elses(hospital, administrator, intern, specialist):
    assert [await one.isAdministrator() for one in (administrator, intern, specialist)] == [True, False, False]
    await hospital.riverbend.attest(hospital.riverbend.people[intern.person], lasts=20 * DAY)
    await hospital.riverbend.invite("Abel Invited")
    page = await administrator.staff("", None, None)
    told = [(one["name"], one["standing"], one["waiting"], one["hasDevice"]) for one in page["people"]]
    assert told == [
        ("Ines Moreau", "soon", False, True), ("Abel Invited", "none", False, False),
        ("Theo Brandt", "holds", False, True), ("Vera Lund", "holds", False, True),
    ]  # fmt: skip
    assert page["next"] is None
    assert await administrator.staffCounts() == {"people": 4, "waiting": 0, "soon": 1, "over": 0, "withoutDevice": 1}
    assert [one["name"] for one in (await administrator.staff("INÉS", "soon", None))["people"]] == ["Ines Moreau"]
    for stranger in (intern, specialist):
        for asked in (stranger.staff("", None, None), stranger.staffMember(intern.person), stranger.denials(None)):
            with pytest.raises(Failed) as refused:
                await asked
            assert refused.value.code == "not_found"
    with pytest.raises(Failed) as refused:
        await administrator.staffMember(specialist.person)
    assert refused.value.code == "not_found"


async def test_denials_are_told_without_the_patient(hospital, administrator, intern, specialist, colleague):
    thread = await intern.createThread(*CASE, [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    await shared(intern, specialist, hospital, thread, consent)
    with pytest.raises(Failed):
        await intern.addPeople(thread, [colleague.person])
    (denied,) = (await administrator.denials(None))["denials"]
    assert (denied["name"], denied["attempt"], denied["kind"], denied["purpose"], denied["codes"]) == (
        "Ines Moreau", "add", "case", "direct-care-advice", ["person_not_covered"],
    )  # fmt: skip
    (day,) = await administrator.denialDays()
    assert (day["denials"], day["codes"]) == (1, {"person_not_covered": 1})
    assert not re.search("Alex Canary|RN-771|ladder", str((denied, day)))
    assert not any(one in str(denied) for one in (consent, thread, colleague.person))


async def test_a_lost_phone_is_ended_and_erases_itself(hospital, administrator, intern):
    (device,) = (await administrator.staffMember(intern.person))["devices"]
    assert (device["label"], device["confirmed"], device["revokedAt"], device["current"]) == (
        "test device", True, None, False,
    )  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", device["signedInOn"])
    await administrator.revokeStaffDevice(device["device"])
    await intern.wait(status="new")
    assert await intern.erasedBecause() == "device_revoked"
    (device,) = (await administrator.staffMember(intern.person))["devices"]
    assert device["revokedAt"] is not None


async def test_the_newest_head_is_fetched_and_verified(hospital, administrator, intern, specialist):
    await administrator.checkLog()
    before = await administrator.logHead()
    thread = await intern.createThread(*CASE, [specialist.person])
    await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    await administrator.checkLog()
    after = await administrator.logHead()
    assert after["size"] == before["size"] + 1 and after["root"] != before["root"]
    assert await administrator.logAlarm() is None
