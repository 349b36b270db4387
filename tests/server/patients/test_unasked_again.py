"""What stands against sharing on nobody's answer holds under a new consent too: a no, and the emergency before."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import parse_envelope, statement_hash
from inscope_protocol.types import Scope
from server.patients.test_unasked import UNASKED
from server.reviews.conftest import emergency
from world.device import HOUR, TAKEN, Answer, Device
from world.patient import CODE, Patient, ask
from world.sheets import offered

DAY = 24 * HOUR
MINUTE = 60_000


def again(device: Device, scope: Scope, **changes: Any) -> Scope:
    """A new emergency of the same patient."""
    return emergency(device, [device.me], subject=scope.subject, **changes)


async def wait(device: Device, milliseconds: int) -> None:
    """And sign in anew."""
    device.running.clock.advance(milliseconds)
    assert (await device.sign_in()).status == 200


async def said_no_on_the_page(intern: Device, patient: Patient, scope: Scope) -> None:
    """To a consent that stands."""
    assert (await intern.record(scope)).status == 200
    made = await intern.call("POST", f"/api/consents/{scope.consent}/look-back", {"code": CODE})
    await patient.get(f"/patient/look/{made.data['token']}")
    await patient.send(f"/patient/look/{made.data['token']}")
    await patient.send("/patient/look/code", ("code", CODE))
    assert "taken back on" in (await patient.send("/patient/look/withdraw?language=en", ("sure", "yes"))).text


async def refused_on_the_page(intern: Device, patient: Patient, scope: Scope) -> None:
    """To a question, which the device then records as it was answered."""
    body, link, _ = await ask(intern, [intern.me], consent=scope.consent)
    await patient.open(link)
    await patient.send("/patient", ("answer", "no"))
    told = (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data["answer"]
    taken = replace(
        TAKEN, how="electronic", sheet=offered(), answer=encode_base64url(statement_hash(parse_envelope(told)))
    )
    recorded = await intern.record(replace(scope, decision="refused", taken=taken))
    assert recorded.status == 200, recorded


@pytest.mark.parametrize("unasked", UNASKED)
@pytest.mark.parametrize("no", [said_no_on_the_page, refused_on_the_page])
async def test_the_patients_own_no_holds_under_another_consent_until_somebody_agrees(intern, patient, no, unasked):
    scope = intern.scope([intern.me])
    await no(intern, patient, scope)
    await wait(intern, 10 * DAY)
    fresh = replace(intern.scope([intern.me], subject=scope.subject), **UNASKED[unasked])
    fresh = replace(fresh, valid_until=fresh.valid_from + 23 * HOUR)
    refused = await intern.record(fresh)
    assert (refused.code, refused.data["error"]["remedy"]) == ("patient_said_no", "ask_patient")
    assert (await intern.record(emergency(intern, [intern.me]))).status == 200, "of another patient"
    assert (await intern.record(intern.scope([intern.me], subject=scope.subject))).status == 200
    assert (await intern.record(fresh)).status == 200


async def test_a_no_to_teaching_leaves_an_emergency_its_care(intern, patient):
    scope = intern.scope([intern.me], purposes=("teaching",))
    await said_no_on_the_page(intern, patient, scope)
    assert (await intern.record(again(intern, scope))).status == 200


async def test_what_only_takes_away_is_no_new_yes(intern, specialist, patient):
    before = intern.scope([intern.me, specialist.me])
    assert (await intern.record(before)).status == 200
    await said_no_on_the_page(intern, patient, intern.scope([intern.me], subject=before.subject))
    narrower = intern.following(before, recipients=before.recipients[:1])
    assert (await intern.record(narrower)).status == 200
    assert (await intern.record(again(intern, before))).code == "patient_said_no"


async def test_what_a_clinician_heard_is_about_its_own_consent(intern):
    """Their screen shows it (the patient said no on …), and the privacy officer sees the emergency."""
    heard = intern.scope([intern.me], decision="refused")
    assert (await intern.record(heard)).status == 200
    assert (await intern.record(again(intern, heard))).status == 200


async def test_another_emergency_makes_none_longer_and_a_new_one_waits_a_day(intern):
    first = emergency(intern, [intern.me])
    assert (await intern.record(first)).status == 200
    await wait(intern, HOUR)
    beside = replace(again(intern, first), valid_until=first.valid_until)
    assert (await intern.record(beside)).status == 200
    for later in (HOUR, 22 * HOUR - MINUTE, 23 * HOUR):
        answer = await intern.record(again(intern, first))
        assert (answer.code, answer.data["error"]["remedy"]) == ("emergency_again", "ask_patient"), later
        await wait(intern, later)
    await wait(intern, 2 * HOUR)
    assert (await intern.record(again(intern, first))).status == 200, "a real one, days later"


async def test_an_emergency_that_was_ended_early_gives_no_more_time(intern):
    first = emergency(intern, [intern.me])
    assert (await intern.record(first)).status == 200
    assert (await intern.record(intern.following(first, decision="withdrawn"))).status == 200
    await wait(intern, HOUR)
    assert (await intern.record(again(intern, first))).code == "emergency_again"
    assert (await intern.record(replace(again(intern, first), valid_until=first.valid_until))).status == 200


@pytest.mark.parametrize("begins", [-3650 * DAY, -DAY, 6 * MINUTE, 23 * HOUR, 365 * DAY])
async def test_an_emergency_begins_when_it_is_recorded(intern, begins):
    scope = emergency(intern, [intern.me])
    since = scope.valid_from + begins
    answer: Answer = await intern.record(replace(scope, valid_from=since, valid_until=since + 23 * HOUR))
    assert answer.code == "consent_conflict"
    assert "begins when it is recorded" in answer.data["error"]["message"]


async def test_a_form_that_took_a_while_and_a_clock_that_is_a_little_ahead_are_fine(intern):
    for begins in (-30 * MINUTE, 4 * MINUTE):
        scope = emergency(intern, [intern.me])
        assert (await intern.record(replace(scope, valid_from=scope.valid_from + begins))).status == 200


async def test_an_emergency_is_taken_away_from_whatever_stands_against_it(intern, specialist, patient):
    first = emergency(intern, [intern.me, specialist.me])
    assert (await intern.record(first)).status == 200
    await said_no_on_the_page(intern, patient, intern.scope([intern.me], subject=first.subject))
    narrower = intern.following(first, recipients=first.recipients[:1])
    assert (await intern.record(narrower)).status == 200
    wider = intern.following(narrower, recipients=first.recipients)
    assert (await intern.record(wider)).code == "patient_said_no"
    assert (await intern.record(intern.following(narrower, decision="withdrawn"))).status == 200
