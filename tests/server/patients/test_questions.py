"""A question to a patient: opened once, answered once, signed, and only then a consent (SPEC S5.10)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.statements import parse_envelope, statement_hash, verify
from inscope_protocol.types import Answer, Conditions, Scope, Sheet
from world.device import TAKEN, Device, new_id
from world.patient import CODE, ask, question


async def authority_of(device: Device) -> tuple[str, bytes]:
    told = (await device.call("GET", "/api/session")).data["session"]["authority"]
    return told["authority"], decode_base64url(told["key"])


async def answer_of(device: Device, request: str) -> tuple[Answer, str]:
    state = (await device.call("GET", f"/api/patient-questions/{request}")).data
    assert state["state"] == "answered", state
    answer = verify(state["answer"], "answer", *(await authority_of(device)))
    assert isinstance(answer, Answer)
    return answer, encode_base64url(statement_hash(parse_envelope(state["answer"])))


def version_of(device: Device, answer: Answer, hashed: str, **changes: Any) -> Scope:
    """The version that an honest device records of an answer."""
    taken = replace(TAKEN, how="electronic", sheet=answer.sheet, answer=hashed)
    said = {
        "consent": answer.consent, "previous": answer.previous, "decision": answer.decision, "taken": taken,
        "purposes": answer.purposes, "recipients": answer.recipients, "conditions": answer.conditions,
    }  # fmt: skip
    if answer.decision == "given":  # A refusal's end is when it was said.
        said["valid_until"] = answer.valid_until
    return device.scope([], **{**said, **changes})


async def agreed(intern, specialist, patient, *fields: tuple[str, Any]) -> tuple[Answer, str, Any]:
    body, link, put = await ask(intern, [intern.me, specialist.me])
    assert put.status == 200, put
    page = await patient.open(link)
    assert page.status == 200
    done = await patient.send("/patient?language=en", *(fields or (("answer", "all"),)))
    assert done.status == 200, done.text
    return *(await answer_of(intern, body["request"])), done


async def test_the_page_says_who_asks_for_whom_what_and_until_when(intern, specialist, patient):
    _, link, _ = await ask(intern, [intern.me, specialist.me])
    page = await patient.open(link)
    for words in ("Ines Moreau", "Riverbend Hospital", "Samuel Okafor", "Coastal Orthopaedics", "Teaching", "X-rays",
                  "Pictures of intimate parts", "Your yes ends on", "No"):  # fmt: skip
        assert words in page.text, words
    assert page.text.count('type="checkbox"') == 2 + 2 + 2 + 1
    assert "checked" not in page.text


async def test_a_team_is_named_with_its_organisation_and_without_one_is_none(story, intern, specialist, patient):
    trauma = {"kind": "team", "organisation": specialist.home.organisation, "team": specialist.person.teams[0]}
    of_riverbend = trauma | {"organisation": story.riverbend.organisation}
    asked = question(intern, [intern.me]) | {"recipients": [trauma, of_riverbend]}
    _, link, put = await ask(intern, [], question=asked)
    assert put.status == 200, put
    page = " ".join((await patient.open(link)).text.split())
    assert "Trauma" in page and "Coastal Orthopaedics" in page
    assert page.count("Trauma") == 2, "told and to tick; Riverbend has no such team, whatever its id"
    bare = question(intern, [intern.me]) | {"recipients": [{"kind": "team", "team": trauma["team"]}]}
    assert (await ask(intern, [], question=bare))[2].code == "malformed"


async def test_yes_to_all_is_signed_by_the_authority_and_becomes_a_consent(story, intern, specialist, patient):
    answer, hashed, done = await agreed(intern, specialist, patient)
    assert (answer.decision, answer.purposes) == ("given", ("direct-care-advice", "teaching"))
    assert answer.sheet.sheet == "clinical-images"
    assert len(done.links) == 1
    thread = await story.case(intern, specialist)
    scope = version_of(intern, answer, hashed)
    recorded = await intern.record(scope, thread)
    assert recorded.status == 200, recorded
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200
    assert (await specialist.open(disclosure)).status == 200


async def test_yes_to_a_part_is_that_part(intern, specialist, patient):
    ticks = (("purpose", 0), ("recipient", 1), ("kind", 0), ("answer", "some"))
    answer, _, _ = await agreed(intern, specialist, patient, *ticks)
    assert answer.purposes == ("direct-care-advice",)
    assert [one.person for one in answer.recipients] == [specialist.me]
    assert (answer.conditions.image_kinds, answer.conditions.sensitive) == (("radiograph",), ())


@pytest.mark.parametrize("missing", ["purpose", "recipient", "kind"])
async def test_yes_to_nothing_that_could_be_shared_is_asked_again(intern, specialist, patient, missing):
    body, link, _ = await ask(intern, [intern.me, specialist.me])
    await patient.open(link)
    ticks = [(name, 0) for name in ("purpose", "recipient", "kind") if name != missing]
    page = await patient.send("/patient", *ticks, ("answer", "some"))
    assert page.status == 400
    assert "tick at least one" in page.text
    assert page.text.count(" checked") == 2, "what was ticked still is"
    assert (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data["state"] == "opened"
    assert (await patient.send("/patient", ("answer", "no"))).status == 200


async def test_no_is_a_refusal_and_shares_nothing(story, intern, specialist, patient):
    answer, hashed, done = await agreed(intern, specialist, patient, ("answer", "no"))
    assert (answer.decision, answer.recipients, done.links) == ("refused", (), [])
    assert "You said no" in done.text
    thread = await story.case(intern, specialist)
    scope = version_of(intern, answer, hashed)
    assert (await intern.record(scope, thread)).status == 200
    assert (await intern.ask(thread, scope)).reasons[0] == ("consent_refused", None)
    lie = intern.following(scope, decision="given", recipients=intern.scope([intern.me]).recipients)
    assert (await intern.record(lie, thread)).code == "answer_mismatch"


LIES = {
    "a purpose more": lambda scope: replace(scope, purposes=("direct-care-advice", "teaching", "research")),
    "nobody it was asked about": lambda scope: replace(scope, recipients=scope.recipients[:1]),
    "longer": lambda scope: replace(scope, valid_until=scope.valid_until + 1),
    "other conditions": lambda scope: replace(scope, conditions=replace(scope.conditions, sensitive=())),
    "another sheet": lambda scope: replace(
        scope, taken=replace(scope.taken, sheet=Sheet("clinical-images", 9, "en", scope.taken.answer))
    ),
    "refused though agreed": lambda scope: replace(scope, decision="refused"),
    "another answer": lambda scope: replace(scope, taken=replace(scope.taken, answer=scope.record_commitment)),
    "by word of mouth": lambda scope: replace(scope, taken=replace(scope.taken, how="verbal")),
    "another consent": lambda scope: replace(scope, consent=new_id("con")),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_version_that_says_otherwise_is_refused(intern, specialist, patient, lie):
    answer, hashed, _ = await agreed(intern, specialist, patient)
    recorded = await intern.record(LIES[lie](version_of(intern, answer, hashed)))
    assert recorded.code == "answer_mismatch"


async def test_another_person_cannot_record_the_answer(intern, specialist, patient):
    answer, hashed, _ = await agreed(intern, specialist, patient)
    assert (await specialist.record(version_of(specialist, answer, hashed))).code == "answer_mismatch"


async def test_the_link_opens_once_and_the_answer_is_given_once(intern, specialist, patient, story):
    _, link, _ = await ask(intern, [intern.me])
    assert (await patient.open(link)).status == 200
    assert (await patient.get("/patient")).status == 200
    other = type(patient)(story.running)
    assert (await other.open(link)).status == 404
    assert (await other.get("/patient")).status == 404
    assert (await patient.send("/patient", ("answer", "no"))).status == 200
    assert "You said no." in (await patient.send("/patient?language=en", ("answer", "all"))).text
    await other.close()


async def test_a_program_that_previews_a_link_does_not_use_it_up(intern, patient, story):
    body, link, _ = await ask(intern, [intern.me])
    program = type(patient)(story.running)
    for _ in range(3):
        page = await program.get(link)
        assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
        assert "Set-Cookie" not in page.headers
        assert "Moreau" not in page.text
    assert (await program.get("/patient")).status == 404
    assert (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data["state"] == "put"
    assert "Ines Moreau" in (await patient.open(link)).text
    assert (await program.get(link)).status == 404
    await program.close()


async def test_it_opens_in_the_language_of_the_link_page(intern, patient):
    _, link, _ = await ask(intern, [intern.me])
    page = await patient.get(f"{link}?language=fr")
    assert ">Ouvrir la question<" in page.text
    assert f'href="{link}?language=es"'.replace(patient.running.origin, "") in page.text
    opened = await patient.send(f"{link}?language=fr".removeprefix(patient.running.origin))
    assert '<html lang="fr"' in opened.text


async def test_time_ends_a_question(intern, patient, story):
    body, link, _ = await ask(intern, [intern.me])
    story.running.clock.advance(30 * 60 * 1000)
    assert (await patient.open(link)).status == 404
    assert (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data["state"] == "over"


async def test_a_visit_ends_with_its_question(intern, patient, story):
    _, link, _ = await ask(intern, [intern.me])
    await patient.open(link)
    story.running.clock.advance(30 * 60 * 1000)
    assert (await patient.get("/patient")).status == 404
    assert (await patient.send("/patient", ("answer", "all"))).status == 404


async def test_what_was_never_and_what_is_over_look_alike(intern, patient):
    _, link, _ = await ask(intern, [intern.me])
    never = await patient.get("/patient/" + "A" * 43)
    await patient.open(link)
    await patient.send("/patient", ("answer", "no"))
    over = await patient.open(link)
    assert (never.status, never.text) == (over.status, over.text) == (404, never.text)


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_a_form_of_another_site_is_refused(intern, patient, origin):
    body, link, _ = await ask(intern, [intern.me])
    await patient.open(link)
    assert (await patient.send("/patient", ("answer", "all"), origin=origin)).status == 403
    assert (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data["state"] == "opened"


@pytest.mark.parametrize("said", [[], [("answer", "maybe")], [("purpose", "0")]])
async def test_a_form_without_an_answer_changes_nothing(intern, patient, said):
    body, link, _ = await ask(intern, [intern.me])
    await patient.open(link)
    assert (await patient.send("/patient", *said)).status == 400
    assert (await intern.call("GET", f"/api/patient-questions/{body['request']}")).data["state"] == "opened"


async def test_only_who_asked_hears_the_answer(intern, specialist, patient):
    body, _, _ = await ask(intern, [intern.me])
    path = f"/api/patient-questions/{body['request']}"
    assert (await specialist.call("GET", path)).code == "not_found"
    assert (await specialist.call("GET", f"/api/patient-questions/{new_id('req')}")).code == "not_found"


BAD = {
    "no purposes": {"purposes": []},
    "nobody": {"recipients": []},
    "over already": {"valid_until": 5},
    "a purpose twice": {"purposes": ["teaching", "teaching"]},
    "an unknown purpose": {"purposes": ["marketing"]},
    "a field more": {"more": 1},
}


@pytest.mark.parametrize("bad", BAD)
async def test_a_question_of_another_form_is_refused(intern, bad):
    _, _, put = await ask(intern, [intern.me], question=question(intern, [intern.me], **BAD[bad]))
    assert put.code == "malformed"


@pytest.mark.parametrize("change", [{"code": "12345"}, {"code": "1234567"}, {"code": "12345a"}, {"sealed": "x" * 5000},
    {"sealed": ""}, {"sealed": "A" * 68},
                                    {"token_hash": "short"}, {"request": "con_AAAAAAAAAAAAAAAAAAAAAA"}])  # fmt: skip
async def test_an_asking_of_another_form_is_refused(intern, change):
    assert (await ask(intern, [intern.me], **change))[2].code == "malformed"


async def test_a_wider_question_shows_just_the_difference(story, intern, specialist, patient):
    colleague = await story.device(story.riverbend, "Lena Fischer")
    thread = await story.case(intern, specialist)
    narrow = intern.scope([intern.me, specialist.me])
    recorded = await intern.record(narrow, thread)
    assert recorded.status == 200
    people = [intern.me, specialist.me, colleague.me]
    asked = question(intern, people, purposes=["direct-care-advice"])
    asked["conditions"] = {"deidentified_only": False, "no_onward_sharing": False, "image_kinds": ["radiograph"],
                           "sensitive": []}  # fmt: skip
    standing = (await intern.call("GET", f"/api/consents/{narrow.consent}")).data["versions"][-1]
    previous = encode_base64url(statement_hash(parse_envelope(standing)))
    body, link, put = await ask(intern, people, consent=narrow.consent, previous=previous, question=asked)
    assert put.status == 200, put
    page = await patient.open(link)
    new = page.text[page.text.index('id="asked"') : page.text.index("Good to know")]
    assert "Lena Fischer" in new
    assert "Samuel Okafor" not in new
    assert "checkbox" not in page.text, "of one new thing there is no part"
    assert "What you agreed to before" in page.text
    done = await patient.send("/patient", ("answer", "all"))
    assert "You said yes" in done.text
    answer, hashed = await answer_of(intern, body["request"])
    assert [one.person for one in answer.recipients] == people
    wider = version_of(intern, answer, hashed, version=2, subject=narrow.subject, valid_from=narrow.valid_from)
    assert (await intern.record(wider, thread)).status == 200
    assert (await intern.commit(thread, adds=[colleague])).status == 200


async def test_a_promise_that_would_be_dropped_is_said(story, intern, specialist, patient):
    strict = intern.scope([intern.me, specialist.me], conditions=Conditions(False, True, ("radiograph",), ()))
    await intern.record(strict)
    standing = (await intern.call("GET", f"/api/consents/{strict.consent}")).data["versions"][-1]
    previous = encode_base64url(statement_hash(parse_envelope(standing)))
    _, link, put = await ask(intern, [intern.me, specialist.me], consent=strict.consent, previous=previous)
    assert put.status == 200, put
    text = (await patient.open(link)).text
    assert "not passed on" in text[text.index("no longer be promised") :]


async def test_no_to_more_leaves_what_was(story, intern, specialist, patient):
    thread = await story.case(intern, specialist)
    narrow = intern.scope([intern.me, specialist.me])
    await intern.record(narrow, thread)
    disclosure, _ = await intern.attach(thread, narrow)
    standing = (await intern.call("GET", f"/api/consents/{narrow.consent}")).data["versions"][-1]
    previous = encode_base64url(statement_hash(parse_envelope(standing)))
    _, link, _ = await ask(intern, [intern.me, specialist.me], consent=narrow.consent, previous=previous)
    await patient.open(link)
    done = await patient.send("/patient", ("answer", "no"))
    assert "What you agreed to before stays" in done.text
    assert (await specialist.open(disclosure)).status == 200


async def test_one_thing_of_each_is_answered_with_yes_or_no(intern, patient):
    asked = question(intern, [intern.me], purposes=["teaching"])
    asked["conditions"] |= {"image_kinds": ["scan"], "sensitive": []}
    _, link, _ = await ask(intern, [intern.me], question=asked)
    page = await patient.open(link)
    assert re.findall(r'name="answer" value="(\w+)"', page.text) == ["all", "no"]


async def test_three_answers_are_three_forms(intern, specialist, patient):
    """The key that sends a form while ticking must send that form, and no other answer."""
    _, link, _ = await ask(intern, [intern.me, specialist.me])
    forms = (await patient.open(link)).text.split("<form")[1:]
    assert [re.findall(r'name="answer" value="(\w+)"', form) for form in forms] == [["all"], ["some"], ["no"]]
    assert ["checkbox" in form for form in forms] == [False, True, False]


async def test_the_language_of_the_page_stays(intern, specialist, patient):
    _, link, _ = await ask(intern, [intern.me, specialist.me])
    await patient.open(link)
    page = await patient.get("/patient?language=fr")
    assert set(re.findall(r'action="/patient\?language=([^"#]+)', page.text)) == {"fr"}
    error = await patient.send("/patient?language=fr", ("answer", "some"))
    assert 'lang="fr"' in error.text and 'href="/patient?language=vi"' in error.text


async def test_a_wider_question_must_follow_the_version_that_stands(intern, specialist):
    narrow = intern.scope([intern.me])
    await intern.record(narrow)
    wrong = encode_base64url(bytes(32))
    assert (await ask(intern, [intern.me], consent=narrow.consent, previous=wrong))[2].code == "consent_conflict"
    assert (await ask(specialist, [intern.me], consent=narrow.consent, previous=wrong))[2].code == "not_found"
    fewer = question(intern, [specialist.me])
    standing = (await intern.call("GET", f"/api/consents/{narrow.consent}")).data["versions"][-1]
    previous = encode_base64url(statement_hash(parse_envelope(standing)))
    asked = await ask(intern, [], consent=narrow.consent, previous=previous, question=fewer)
    assert asked[2].code == "malformed"


async def test_nothing_of_the_patient_is_in_the_log_or_in_addresses(story, intern, specialist, patient):
    answer, _, done = await agreed(intern, specialist, patient)
    async with story.running.server.database.read() as tx:
        from sqlalchemy import select

        from inscope_server.audit.store import entries

        bodies = [json.loads(row.body) for row in await tx.all(select(entries))]
    said = [body for body in bodies if body["event"] == "answer"]
    assert [body["consent"] for body in said] == [answer.consent]
    assert CODE not in json.dumps(bodies)
    assert done.headers["Referrer-Policy"] == "same-origin"
    assert done.headers["Cache-Control"] == "no-store"
