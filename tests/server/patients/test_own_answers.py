"""What a visit has answered: shown again while it lasts, and taken back, in use or not (SPEC S5.10)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.types import Conditions, RecordedByPatient, Scope
from inscope_server.errors import Refusal
from inscope_server.patients.store import links, questions, visits
from server.patients.test_questions import answer_of, version_of
from server.patients.test_unasked import UNASKED, asked, versions
from server.patients.test_waiting import answered, look, take_back
from server.patients.test_who_asks import newest_hash
from world.device import Device
from world.patient import Patient, ask, question

MINUTE = 60 * 1000
HALF_AN_HOUR = 30 * MINUTE
AGAIN = "/patient/answered?language=en"


def visit_of(patient: Patient) -> str:
    """The secret in the cookie of a question."""
    [secret] = [one.value for one in patient.session().cookie_jar if one.key == "inscope_question"]
    return secret


async def shared(story: Any, intern: Device, specialist: Device, patient: Patient) -> tuple[Scope, str]:
    """(scope, disclosure): an image under a yes that was recorded as it was given."""
    thread = await story.case(intern, specialist)
    _, scope, _ = await answered(intern, patient, intern.me, specialist.me)
    assert (await intern.record(scope, thread)).status == 200
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200, sent
    return scope, disclosure


async def test_it_is_shown_as_often_as_it_is_loaded_for_half_an_hour(story, intern, specialist, patient):
    _, _, thanks = await answered(intern, patient, intern.me, specialist.me)
    assert thanks.headers["Cache-Control"] == "no-store"
    story.running.clock.advance(HALF_AN_HOUR - MINUTE)
    for path in (AGAIN, "/patient?language=en"):
        again = await patient.get(path)
        assert (again.status, again.text, len(again.links)) == (200, thanks.text, 1)
    assert "Vous avez dit oui." in (await patient.get("/patient/answered?language=fr")).text
    story.running.clock.advance(MINUTE)
    assert (await patient.get(AGAIN)).status == 404
    assert "It is not in use yet" in (await look(patient, thanks)).text, "the link goes on"


async def test_nobody_else_sees_it_and_the_database_cannot_make_its_link(story, intern, patient):
    _, _, thanks = await answered(intern, patient, intern.me)
    other = Patient(story.running)
    assert (await other.get(AGAIN)).status == 404
    await other.close()
    async with story.running.server.database.read() as tx:
        kept = [one for table in (questions, links, visits) for one in await tx.all(select(table))]
    held = [one for row in kept for one in row]
    for secret in (thanks.links[0].rsplit("/", 1)[1], visit_of(patient)):
        assert secret not in held and decode_base64url(secret) not in held


async def test_what_was_agreed_to_is_named_and_what_was_not(intern, specialist, patient):
    _, link, _ = await ask(intern, [intern.me, specialist.me])
    await patient.open(link)
    ticked = (("answer", "some"), ("purpose", 0), ("recipient", 0), ("kind", 0), ("kind", 1))
    page = (await patient.send("/patient?language=en", *ticked)).text
    agreed, left_out = (page[page.index(f'id="{name}"') :] for name in ("agreed", "left-out"))
    agreed, left_out = agreed[: agreed.index("</section>")], left_out[: left_out.index("</section>")]
    for words in ("Ines Moreau", "Advice on your care", "X-rays", "Photos", "Your yes ends on"):
        assert words in agreed and words not in left_out, words
    for words in ("Samuel Okafor", "Teaching", "Pictures of intimate parts"):
        assert words in left_out and words not in agreed, words
    assert "What you did not agree to" not in (await answered(intern, patient, intern.me))[2].text


async def test_a_no_says_who_could_ask_again_and_stays_a_no(intern, patient):
    _, link, _ = await ask(intern, [intern.me])
    await patient.open(link)
    said = await patient.send("/patient?language=en", ("answer", "no"))
    assert "Did you press No by mistake? Tell the person who asked you." in said.text
    assert said.links == [] and "take-back" not in said.text
    assert (await take_back(patient)).text == said.text


async def test_it_is_taken_back_though_it_is_in_use(story, intern, specialist, patient):
    scope, disclosure = await shared(story, intern, specialist, patient)
    done = await take_back(patient)
    assert "Your yes is taken back." in done.text and "they are closed" in done.text
    _, ended = await versions(intern, scope)
    assert (ended.decision, type(ended.recorded_by)) == ("withdrawn", RecordedByPatient)
    assert (await specialist.open(disclosure)).reasons == [("consent_withdrawn", None)]
    seen = await look(patient, done)
    assert "Your yes was taken back on" in seen.text, "who has opened them can still be seen"
    assert (await patient.send("/patient/copy.pdf")).status == 404


async def test_it_is_taken_back_once(story, intern, specialist, patient):
    scope, _ = await shared(story, intern, specialist, patient)
    pages = [(await take_back(patient)).text for _ in range(3)]
    assert pages[0] == pages[1] == pages[2]
    assert len(await versions(intern, scope)) == 2
    again = replace(intern.following(scope), version=3, previous=await newest_hash(intern, scope.consent))
    assert (await intern.record(again)).code == "consent_conflict"


async def test_not_by_another_visit_nor_after_half_an_hour(story, intern, specialist, patient):
    scope, disclosure = await shared(story, intern, specialist, patient)
    other, later = Patient(story.running), Patient(story.running)
    assert (await take_back(other)).status == 404
    _, link, _ = await ask(intern, [intern.me])
    await later.open(link)
    assert (await take_back(later)).status == 404, "a visit that has answered nothing"
    await later.send("/patient", ("answer", "all"))
    assert "Your yes is taken back." in (await take_back(later)).text, "its own"
    story.running.clock.advance(HALF_AN_HOUR)
    assert (await take_back(patient)).status == 404
    assert len(await versions(intern, scope)) == 1
    assert (await specialist.sign_in()).status == 200
    assert (await specialist.open(disclosure)).status == 200
    await other.close()
    await later.close()


async def test_of_something_wider_what_stood_before_is_left(intern, specialist, patient):
    narrow = intern.scope([intern.me], conditions=Conditions(False, True, ("radiograph",), ()))
    assert (await intern.record(narrow)).status == 200
    _, scope, _ = await answered(intern, patient, intern.me, specialist.me, before=narrow)
    assert (await intern.record(scope)).status == 200
    assert "What you agreed to before stays as it is." in (await take_back(patient)).text
    _, _, left = await versions(intern, narrow)
    assert (left.decision, left.recipients, left.purposes) == ("given", narrow.recipients, narrow.purposes)
    assert (left.conditions, left.valid_until) == (narrow.conditions, min(narrow.valid_until, scope.valid_until))


async def test_what_was_taken_away_meanwhile_stays_away(intern, specialist, patient):
    narrow = intern.scope([intern.me, specialist.me])
    assert (await intern.record(narrow)).status == 200
    wider = question(intern, [intern.me, specialist.me])
    _, scope, _ = await answered(intern, patient, intern.me, specialist.me, before=narrow, question=wider)
    assert (await intern.record(scope)).status == 200
    fewer = intern.following(scope, recipients=scope.recipients[:1])
    assert (await intern.record(replace(fewer, previous=await newest_hash(intern, scope.consent)))).status == 200
    assert "Your new yes is taken back." in (await take_back(patient)).text
    left = (await versions(intern, narrow))[-1]
    assert (left.version, left.recipients, left.purposes) == (4, scope.recipients[:1], narrow.purposes)


async def test_what_rests_on_a_newer_answer_is_left_to_the_link(intern, specialist, patient):
    _, first, _ = await answered(intern, patient, intern.me)
    assert (await intern.record(first)).status == 200
    other = Patient(intern.running)
    _, second, _ = await answered(intern, other, intern.me, specialist.me, before=first)
    assert (await intern.record(second)).status == 200
    assert "has changed since you answered here" in (await take_back(patient)).text
    assert len(await versions(intern, first)) == 2
    await other.close()


async def test_a_yes_to_what_nobody_had_asked_ends_all_of_it(story, intern, specialist, patient):
    thread = await story.case(intern, specialist)
    unasked = intern.scope([intern.me, specialist.me], **UNASKED["expected"])
    assert (await intern.record(unasked, thread)).status == 200
    request, link = await asked(intern, specialist, unasked)
    await patient.open(link)
    await patient.send("/patient", ("answer", "all"))
    kept = {"version": 2, "subject": unasked.subject, "valid_from": unasked.valid_from, "basis": "patient"}
    assert (await intern.record(version_of(intern, *await answer_of(intern, request), **kept))).status == 200
    assert "Your yes is taken back." in (await take_back(patient)).text
    assert [one.decision for one in await versions(intern, unasked)] == ["given", "given", "withdrawn"]


@pytest.mark.parametrize("wanted", ["fewer", "other consent"])
async def test_the_authority_signs_nothing_else_for_it(story, intern, specialist, patient, wanted):
    scope, _ = await shared(story, intern, specialist, patient)
    other = intern.scope([intern.me])
    assert (await intern.record(other)).status == 200
    authority = story.running.server.authority
    by = {"recorded_by": RecordedByPatient(authority.identity()["authority"]), "recorded_at": story.running.clock.now()}
    said = {"fewer": scope, "other consent": other}[wanted]
    next_ = replace(said, version=2, previous=await newest_hash(intern, said.consent), decision="withdrawn", **by)
    if wanted == "fewer":
        next_ = replace(next_, decision="given", recipients=scope.recipients[:1])
    with pytest.raises(Refusal, match="answer_mismatch"):
        await authority.version(next_, visit_of(patient))
    assert len(await versions(intern, said)) == 1
