"""Who may bring a patient to a consent, and what is no yes (SPEC S5.3, S5.9, S5.10)."""

from __future__ import annotations

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import parse_envelope, statement_hash
from inscope_protocol.types import Conditions
from server.patients.test_questions import answer_of, version_of
from server.reviews.conftest import emergency
from world.device import HOUR, TAKEN, new_id
from world.patient import CODE, ask, question


async def newest_hash(device, consent: str) -> str:
    last = (await device.call("GET", f"/api/consents/{consent}")).data["versions"][-1]
    return encode_base64url(statement_hash(parse_envelope(last)))


async def test_who_only_reads_a_consent_brings_nobody_to_it(story, intern, specialist):
    """They cannot withdraw it themselves; by a link of their own making they could."""
    bystander = await story.device(story.riverbend, "By Stander")
    talk = await story.case(intern, bystander)
    scope = emergency(intern, [intern.me, specialist.me])
    assert (await intern.record(scope, talk)).status == 200
    previous = await newest_hash(bystander, scope.consent)
    made = await bystander.call("POST", f"/api/consents/{scope.consent}/look-back", {"code": CODE})
    _, _, put = await ask(bystander, [bystander.me], consent=scope.consent, previous=previous)
    assert (made.code, put.code) == ("not_found", "not_found")
    assert (await specialist.call("POST", f"/api/consents/{scope.consent}/look-back", {"code": CODE})).status == 200


async def test_a_consent_that_one_may_not_change_is_like_none_whatever_is_asked(story, intern, specialist):
    stranger = await story.device(story.coastal, "Stranger")
    scope = intern.scope([intern.me, specialist.me])
    assert (await intern.record(scope)).status == 200
    right, wrong = await newest_hash(intern, scope.consent), encode_base64url(bytes(32))
    over = question(stranger, [stranger.me], valid_until=5)
    for consent in (scope.consent, new_id("con")):
        for previous in (right, wrong):
            refused = (await ask(stranger, [stranger.me], consent=consent, previous=previous))[2]
            assert refused.code == "not_found"
        for previous in (right, wrong, None):
            refused = (await ask(stranger, [], consent=consent, previous=previous, question=over))[2]
            assert refused.code == "malformed", "nothing is looked up for what could never be asked"


async def test_a_later_no_beats_an_earlier_yes(intern, specialist, patient):
    people, consent = [intern.me, specialist.me], new_id("con")
    first, yes, _ = await ask(intern, people, consent=consent)
    _, no, _ = await ask(intern, people, consent=consent)
    await patient.open(yes)
    assert (await patient.send("/patient", ("answer", "all"))).status == 200
    answer, hashed = await answer_of(intern, first["request"])
    await patient.open(no)
    assert (await patient.send("/patient", ("answer", "no"))).status == 200
    assert (await intern.record(version_of(intern, answer, hashed))).code == "answer_mismatch"


async def test_yes_to_a_part_of_which_nothing_is_ticked_is_no_yes(intern, specialist, patient):
    strict = intern.scope([intern.me], conditions=Conditions(True, True, ("radiograph",), ()))
    await intern.record(strict)
    wide = question(intern, [intern.me, specialist.me], valid_until=intern.running.clock.now() + 3000 * 24 * HOUR)
    previous = await newest_hash(intern, strict.consent)
    body, link, _ = await ask(intern, [], consent=strict.consent, previous=previous, question=wide)
    await patient.open(link)
    await patient.send("/patient?language=en", ("answer", "some"))
    state = (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data
    assert state == {"state": "opened"}
    page = await patient.send("/patient", ("answer", "all"), ("answer", "no"))
    assert page.status == 400
    assert (await patient.send("/patient", ("answer", "all"))).status == 200


async def test_a_token_stands_for_one_question(intern):
    body, _, _ = await ask(intern, [intern.me])
    _, _, again = await ask(intern, [intern.me], token_hash=body["token_hash"])
    assert (again.status, again.code) == (400, "malformed")


async def test_questions_and_links_are_limited_for_each_person(intern, specialist):
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope)
    intern.running.clock.stop()
    asked = [(await ask(intern, [intern.me]))[2].code for _ in range(31)]
    path = f"/api/consents/{scope.consent}/look-back"
    made = [(await intern.call("POST", path, {"code": CODE})).code for _ in range(31)]
    assert asked == made == [""] * 30 + ["rate_limited"]
    assert (await specialist.call("POST", path, {"code": CODE})).status == 200


async def test_an_emergency_is_not_made_longer_by_way_of_another_basis_or_against_a_no(story, intern):
    first = emergency(intern, [intern.me])
    assert (await intern.record(first)).status == 200
    story.running.clock.advance(8 * HOUR)
    between = intern.following(first, basis="expected-in-direct-care", taken=TAKEN)
    assert (await intern.record(between)).status == 200
    now = story.running.clock.now()
    longer = {"basis": "emergency", "taken": first.taken, "valid_from": now, "valid_until": now + 23 * HOUR}
    again = await intern.record(intern.following(between, **longer))
    assert (again.code, again.data["error"]["remedy"]) == ("emergency_again", "ask_patient")
    no = intern.following(between, basis="patient", taken=TAKEN, decision="refused")
    assert (await intern.record(no)).status == 200
    against = {"decision": "given", **longer, "valid_until": first.valid_until}
    assert (await intern.record(intern.following(no, **against))).code == "patient_said_no"
    yes = intern.following(no, decision="given", valid_until=now + 60 * HOUR)
    assert (await intern.record(yes)).status == 200
    assert (await intern.record(intern.following(yes, **longer))).status == 200
