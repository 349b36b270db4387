"""A yes that no clinician's device has recorded yet: it waits a day, and can be taken back (SPEC S5.10)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from inscope_protocol.types import Scope
from inscope_server.audit.store import entries
from server.patients.test_questions import answer_of, version_of
from server.patients.test_unasked import versions
from server.patients.test_who_asks import newest_hash
from world.device import HOUR, Device
from world.patient import CODE, Page, Patient, ask, question

DAY = 24 * HOUR


async def answered(
    device: Device, patient: Patient, *people: str, before: Scope | None = None, **changes: Any
) -> tuple[str, Scope, Page]:
    """(request, the version that would record it, the page that thanks): yes to all. `before`: what becomes wider."""
    kept: dict[str, Any] = {}
    if before is not None:
        changes |= {"consent": before.consent, "previous": await newest_hash(device, before.consent)}
        kept = {"version": before.version + 1, "subject": before.subject, "valid_from": before.valid_from}
    body, link, put = await ask(device, list(people), **changes)
    assert put.status == 200, put
    await patient.open(link)
    page = await patient.send("/patient?language=en", ("answer", "all"))
    assert page.status == 200, page.text
    return body["request"], version_of(device, *await answer_of(device, body["request"]), **kept), page


async def take_back(patient: Patient) -> Page:
    return await patient.send("/patient/take-back?language=en")


async def look(patient: Patient, page: Page) -> Page:
    await patient.get(page.links[0])
    return await patient.send("/patient/look/code?language=en", ("code", CODE))


async def state_of(device: Device, request: str) -> Any:
    return (await device.call("GET", f"/api/patient-questions/{request}")).data["state"]


async def test_it_is_taken_back_where_it_was_given(story, intern, patient):
    request, scope, _ = await answered(intern, patient, intern.me)
    done = await take_back(patient)
    assert (done.status, "Your yes is taken back." in done.text) == (200, True)
    assert await state_of(intern, request) == "over"
    assert (await intern.record(scope)).code == "answer_mismatch"
    assert "Your yes is taken back." in (await take_back(patient)).text
    async with story.running.server.database.read() as tx:
        rows = await tx.all(select(entries).where(entries.c.event == "answer").order_by(entries.c.seq))
    assert [b'"taken_back"' in row.body for row in rows] == [False, True]


async def test_the_link_leads_to_it_before_anything_is_recorded(intern, specialist, patient):
    request, scope, thanks = await answered(intern, patient, intern.me, specialist.me)
    page = await look(patient, thanks)
    assert page.status == 200
    for words in ("It is not in use yet", "Samuel Okafor", "Take back my yes"):
        assert words in page.text, words
    done = await patient.send("/patient/look/take-back?language=en")
    assert "That yes counts for nothing" in done.text and "Nothing is in use here" in done.text
    assert "Samuel Okafor" not in done.text
    assert await state_of(intern, request) == "over"
    assert (await intern.record(scope)).code == "answer_mismatch"


async def test_nothing_is_taken_back_without_the_code(intern, patient):
    request, _, thanks = await answered(intern, patient, intern.me)
    other = Patient(intern.running)
    await other.get(thanks.links[0])
    await other.send("/patient/look/take-back")
    assert (await other.send("/patient/take-back")).status == 404
    assert await state_of(intern, request) == "answered"
    await other.close()


@pytest.mark.parametrize(("age", "code", "state"), [(DAY - HOUR, "", "answered"), (DAY, "answer_mismatch", "over")])
async def test_it_waits_for_a_day(story, intern, patient, age, code, state):
    longer = question(intern, [intern.me], valid_until=story.running.clock.now() + 3 * DAY)
    request, scope, thanks = await answered(intern, patient, question=longer)
    story.running.clock.advance(age)
    assert (await intern.sign_in()).status == 200
    assert await state_of(intern, request) == state
    in_use = "Nothing is in use here" not in (await look(patient, thanks)).text
    assert in_use == (state == "answered")
    assert (await intern.record(replace(scope, recorded_at=story.running.clock.now()))).code == code


async def test_once_recorded_the_link_takes_it_back(intern, patient):
    _, scope, thanks = await answered(intern, patient, intern.me)
    assert (await intern.record(scope)).status == 200
    page = await look(patient, thanks)
    assert "You said yes on" in page.text and "not in use yet" not in page.text
    assert "Something has changed" in (await patient.send("/patient/look/take-back?language=en")).text
    assert "Your yes was taken back" in (await patient.send("/patient/look/withdraw?language=en", ("sure", "yes"))).text


async def test_taking_back_something_wider_leaves_what_stood(intern, specialist, patient):
    narrow = intern.scope([intern.me])
    assert (await intern.record(narrow)).status == 200
    _, scope, thanks = await answered(intern, patient, intern.me, specialist.me, before=narrow)
    page = await look(patient, thanks)
    assert "It is not in use yet" in page.text and "What you agreed to" in page.text
    done = await patient.send("/patient/look/take-back?language=en")
    assert "What you agreed to" in done.text and "not in use yet" not in done.text
    assert (await intern.record(scope)).code == "answer_mismatch"
    assert len((await intern.call("GET", f"/api/consents/{narrow.consent}")).data["versions"]) == 1


async def test_an_answer_that_can_follow_no_more_does_not_wait(intern, patient):
    narrow = intern.scope([intern.me])
    assert (await intern.record(narrow)).status == 200
    await answered(intern, patient, intern.me, before=narrow)
    assert (await intern.record(intern.following(narrow))).status == 200
    assert "has changed since you answered here" in (await take_back(patient)).text
    assert len((await intern.call("GET", f"/api/consents/{narrow.consent}")).data["versions"]) == 2


async def test_recorded_and_taken_back_at_once_it_is_taken_back(intern, patient):
    for _ in range(5):
        _, scope, _ = await answered(intern, patient, intern.me)
        recorded, page = await asyncio.gather(intern.record(scope), take_back(patient))
        assert "Your yes is taken back." in page.text
        assert recorded.status == 200 or recorded.code == "answer_mismatch"
        if recorded.status == 200:
            assert [one.decision for one in await versions(intern, scope)] == ["given", "withdrawn"]
