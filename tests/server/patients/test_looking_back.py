"""Looking back: a link and a spoken code; what is seen there, and what taking back does at once (SPEC S5.9)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.statements import verify
from inscope_protocol.types import Conditions, RecordedByPatient, Scope
from inscope_server.audit.store import entries
from inscope_server.patients.wording import Wording
from server.filing.desk import Desk
from server.images.arena import Arena
from world.device import TAKEN, Device, new_id
from world.patient import CODE, Patient


async def shared(story, intern, specialist, **changes: Any) -> tuple[str, Scope, str]:
    """(thread, scope, disclosure): an image that the specialist has opened."""
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me], **changes)
    assert (await intern.record(scope, thread)).status == 200
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200, sent
    assert (await specialist.open(disclosure)).status == 200
    return thread, scope, disclosure


async def link_to(device: Device, scope: Scope) -> str:
    answer = await device.call("POST", f"/api/consents/{scope.consent}/look-back", {"code": CODE})
    assert answer.status == 200, answer
    return f"/patient/look/{answer.data['token']}"


async def looking(patient: Patient, device: Device, scope: Scope) -> Any:
    await patient.get(await link_to(device, scope))
    return await patient.send("/patient/look/code", ("code", CODE))


async def test_who_can_see_and_who_has_seen(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    page = await looking(patient, intern, scope)
    assert page.status == 200
    for words in ("You said yes on", "Who can see your pictures now", "Ines Moreau", "Samuel Okafor", "An x-ray"):
        assert words in page.text, words
    opened = page.text[page.text.index("Who has opened them") :]
    assert "Samuel Okafor" in opened[: opened.index("</section>")]
    assert "Coastal Orthopaedics" in opened[: opened.index("</section>")]
    assert "Ines Moreau" not in opened[: opened.index("</section>")]


async def test_what_was_filed_is_told_and_stays_when_the_sharing_ends(story, intern, specialist, patient):
    desk = await Desk.of(Arena(intern, specialist, specialist))
    unsent = await desk.filed(intern)
    assert "medical record at" not in (await looking(patient, intern, desk.scope)).text, "the hospital has it not yet"
    await desk.gateway.fetch(unsent.filing)
    (statement,) = await desk.gateway.waiting_now()
    at = Wording("UTC").of("en").time(story.running.clock.now())
    assert (await desk.gateway.acknowledge(json.loads(statement.envelope))).status == 200
    story.running.clock.advance(20 * 60 * 1000)
    for page in (await patient.get("/patient/look"), await patient.send("/patient/look/withdraw", ("sure", "yes"))):
        told = page.text[page.text.index("In your medical record") :]
        told = told[: told.index("</section>")]
        for words in ("An x-ray", "Riverbend Hospital", at, "What is in the record stays there."):
            assert words in told, words
    assert "Done. The pictures are closed." in page.text


async def test_whose_record_holds_it_is_named_whoever_gave_the_link(story, intern, specialist, patient):
    desk = await Desk.of(Arena(intern, specialist, specialist))
    await desk.gateway.fetch((await desk.filed(intern)).filing)
    (statement,) = await desk.gateway.waiting_now()
    assert (await desk.gateway.acknowledge(json.loads(statement.envelope))).status == 200
    await story.coastal.know()
    page = await looking(patient, specialist, desk.scope)
    assert "kept in the medical record at <bdi>Riverbend Hospital</bdi>" in page.text


async def test_nothing_is_shown_before_the_code(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    page = await patient.get(await link_to(intern, scope))
    assert "Samuel Okafor" not in page.text
    assert 'name="code"' in page.text
    wrong = await patient.send("/patient/look/code", ("code", "000000"))
    assert (wrong.status, "not the right numbers" in wrong.text) == (400, True)
    for path in ("/patient/look/less", "/patient/look/withdraw"):
        await patient.send(path, ("sure", "yes"), ("version", 1))
    assert (await intern.call("GET", f"/api/consents/{scope.consent}")).data["versions"][1:] == []


async def test_the_code_may_be_written_as_people_write(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    for spelling in ("482 913", "482-913", "٤٨٢٩١٣"):
        await patient.get(await link_to(intern, scope))
        assert "Samuel Okafor" in (await patient.send("/patient/look/code", ("code", spelling))).text


async def test_guessing_locks_the_link_for_everybody_and_in_the_end_for_good(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    link = await link_to(intern, scope)
    other = Patient(story.running)
    for round_ in range(4):
        for number in range(5):
            guesser = patient if number % 2 else other
            await guesser.get(link)
            await guesser.send("/patient/look/code", ("code", f"00000{number}"))
        if round_ < 3:
            locked = await patient.send("/patient/look/code", ("code", CODE))
            assert "Try again at" in locked.text
            story.running.clock.advance(15 * 60 * 1000)
    story.running.clock.advance(60 * 60 * 1000)
    await patient.get(link)
    assert "this link has ended" in (await patient.send("/patient/look/code", ("code", CODE))).text
    assert "Samuel Okafor" not in (await patient.get("/patient/look")).text
    await other.close()


async def test_the_language_stays_through_the_code_and_every_form(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    await patient.get(await link_to(intern, scope))
    wrong = await patient.send("/patient/look/code?language=ar", ("code", "000000"))
    assert 'dir="rtl"' in wrong.text and 'href="/patient/look?language=vi"' in wrong.text
    page = await patient.send("/patient/look/code?language=ar", ("code", CODE))
    assert 'dir="rtl"' in page.text
    assert set(re.findall(r'action="/patient/look/\w+\?language=([^"#]+)', page.text)) == {"ar"}


async def test_a_visit_that_is_over_says_what_to_do(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    story.running.clock.advance(30 * 60 * 1000)
    page = await patient.get("/patient/look")
    assert (page.status, "Open the link that you kept" in page.text) == (404, True)


@pytest.mark.parametrize(("after", "words"), [(0, "It ends on"), (24 * 3_600_000, "It ended on")])
async def test_nobody_is_said_to_have_said_yes_who_was_not_asked(story, intern, specialist, patient, after, words):
    taken = replace(TAKEN, reason="unconscious")
    emergency = {"basis": "emergency", "taken": taken, "purposes": ("direct-care-advice",)}
    scope = intern.scope([intern.me, specialist.me], **emergency)
    scope = replace(scope, valid_until=scope.valid_from + 23 * 3_600_000)
    assert (await intern.record(scope)).status == 200
    link = await link_to(intern, scope)
    story.running.clock.advance(after)
    await patient.get(link)
    page = await patient.send("/patient/look/code", ("code", CODE))
    assert "You said yes" not in page.text
    assert "without asking you first" in page.text and words in page.text


async def test_a_new_link_ends_the_earlier(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    earlier = await link_to(intern, scope)
    await link_to(intern, scope)
    assert (await patient.get(earlier)).status == 404


async def test_who_made_a_link_is_in_the_log(story, intern, specialist):
    """They can open it as the patient does."""
    _, scope, _ = await shared(story, intern, specialist)
    path = await link_to(specialist, scope)
    async with story.running.server.database.read() as tx:
        [entry] = await tx.all(select(entries).where(entries.c.event == "link"))
    said = json.loads(entry.body)
    assert (said["person"], said["device"], said["consent"]) == (specialist.me, specialist.device, scope.consent)
    assert path.rsplit("/", 1)[1] not in entry.body.decode() and CODE not in entry.body.decode()


async def test_a_stranger_cannot_make_a_link(story, intern, specialist):
    _, scope, _ = await shared(story, intern, specialist)
    stranger = await story.device(story.coastal, "Stranger")
    for consent in (scope.consent, new_id("con")):
        answer = await stranger.call("POST", f"/api/consents/{consent}/look-back", {"code": CODE})
        assert answer.code == "not_found"


async def test_taking_back_closes_every_image_at_once(story, intern, specialist, patient):
    thread, scope, disclosure = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    unsure = await patient.send("/patient/look/withdraw")
    assert "tick the box first" in unsure.text
    done = await patient.send("/patient/look/withdraw", ("sure", "yes"))
    assert "The pictures are closed" in done.text
    assert "Your yes was taken back on" in done.text
    assert (await specialist.open(disclosure)).reasons == [("consent_withdrawn", None)]
    log = (await specialist.call("GET", f"/api/threads/{thread}/log")).data["entries"]
    assert [(one["state"], one["code"]) for one in log if one["kind"] == "tombstone"] == [
        ("destroyed", "consent_withdrawn")
    ]
    opened = done.text[done.text.index("Who has opened them") :]
    assert "Samuel Okafor" in opened[: opened.index("</section>")]


async def test_the_patients_version_is_signed_by_the_authority_and_follows(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    await patient.send("/patient/look/withdraw", ("sure", "yes"))
    versions = (await specialist.call("GET", f"/api/consents/{scope.consent}")).data["versions"]
    told = (await specialist.call("GET", "/api/session")).data["session"]["authority"]
    last = verify(versions[-1], "consent", told["authority"], decode_base64url(told["key"]))
    assert isinstance(last, Scope)
    assert (last.version, last.decision, last.recorded_by) == (2, "withdrawn", RecordedByPatient(told["authority"]))
    again = intern.following(last, decision="given")
    assert (await intern.record(again)).code == "consent_conflict"


async def test_agreeing_to_less_closes_what_it_no_longer_covers(story, intern, specialist, patient):
    kinds = Conditions(False, False, ("radiograph", "photograph"), ())
    _, scope, disclosure = await shared(story, intern, specialist, conditions=kinds)
    await looking(patient, intern, scope)
    fewer = (("version", 1), ("purpose", 0), ("recipient", 0), ("recipient", 1), ("kind", 1))
    done = await patient.less(*fewer)
    assert "only what is written below counts" in done.text
    assert (await specialist.open(disclosure)).reasons == [("image_kind_not_covered", None)]


async def test_who_takes_one_person_away_is_told_first_that_nobody_there_will_see(story, intern, specialist, patient):
    thread, scope, disclosure = await shared(story, intern, specialist)
    _, second = await intern.attach(thread, scope)
    assert second.status == 200, second
    page = await looking(patient, intern, scope)
    assert page.text.count("be able to open 2 of your pictures any more, because this person") == 2
    without = [("version", 1), ("purpose", 0), ("recipient", 0), ("kind", 0)]
    told = await patient.send("/patient/look/less?language=en", *without)
    assert "Because <bdi>Samuel Okafor</bdi> is in the conversation" in told.text
    assert (await specialist.open(disclosure)).status == 200
    again = [(name, value) for name, value in without if told.fields(name) == [str(value)]]
    assert again == without and told.fields("sensitive") == []
    done = await patient.send("/patient/look/less?language=en", *again, ("told", told.fields("told")[0]))
    assert "only what is written below counts" in done.text
    assert (await intern.open(disclosure)).code == "disclosure_closed"


async def test_what_has_grown_since_it_was_told_is_told_again(story, intern, specialist, patient):
    thread, scope, disclosure = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    without = [("version", 1), ("purpose", 0), ("recipient", 0), ("kind", 0)]
    told = await patient.send("/patient/look/less?language=en", *without)
    _, second = await intern.attach(thread, scope)
    assert second.status == 200, second
    for earlier in ([*told.fields("told")], ["yes"]):
        again = await patient.send("/patient/look/less?language=en", *without, *(("told", one) for one in earlier))
        assert "be able to open <bdi>2</bdi> of your pictures" in again.text, earlier
        assert (await specialist.open(disclosure)).status == 200


async def test_what_closes_nothing_is_done_without_asking_again(story, intern, specialist, patient):
    kinds = Conditions(False, False, ("radiograph", "photograph"), ())
    _, scope, disclosure = await shared(story, intern, specialist, conditions=kinds)
    page = await looking(patient, intern, scope)
    kept = page.text[page.text.index('name="kind"') :]
    assert "Without this tick" in kept[: kept.index("</label>")]
    assert "Without this tick" not in kept[kept.index("</label>") : kept.index("</fieldset>")]
    fewer = (("version", 1), ("purpose", 0), ("recipient", 0), ("recipient", 1), ("kind", 0))
    assert "only what is written below counts" in (await patient.send("/patient/look/less", *fewer)).text
    assert (await specialist.open(disclosure)).status == 200


@pytest.mark.parametrize("language", ["ar", "es", "fr", "vi", "zh-Hans"])
async def test_it_is_told_in_every_language(story, intern, specialist, patient, language):
    _, scope, _ = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    fewer = (("version", 1), ("purpose", 0), ("recipient", 0), ("kind", 0))
    told = await patient.send(f"/patient/look/less?language={language}", *fewer)
    assert f'<html lang="{language}"' in told.text and "<bdi>Samuel Okafor</bdi>" in told.text
    assert f'action="/patient/look/less?language={language}"' in told.text


async def test_agreeing_to_less_keeps_what_it_still_covers(story, intern, specialist, patient):
    kinds = Conditions(False, False, ("radiograph", "photograph"), ())
    _, scope, disclosure = await shared(story, intern, specialist, conditions=kinds)
    await looking(patient, intern, scope)
    fewer = (("version", 1), ("purpose", 0), ("recipient", 0), ("recipient", 1), ("kind", 0))
    await patient.send("/patient/look/less", *fewer)
    assert (await specialist.open(disclosure)).status == 200
    assert (await intern.ask((await story.case(intern, specialist)), scope, kind="photograph")).code == (
        "consent_superseded"
    )


async def test_keeping_nothing_of_something_is_taking_back(story, intern, specialist, patient):
    _, scope, disclosure = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    done = await patient.less(("version", 1), ("purpose", 0), ("kind", 0))
    assert "Your yes was taken back on" in done.text
    assert (await specialist.open(disclosure)).code == "disclosure_closed"


async def test_a_page_that_is_out_of_date_changes_nothing(story, intern, specialist, patient):
    _, scope, disclosure = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    wider = intern.following(scope, purposes=("direct-care-advice", "teaching"))
    assert (await intern.record(wider)).status == 200
    page = await patient.send("/patient/look/less", ("version", 1), ("purpose", 0), ("kind", 0))
    assert "has changed since you opened" in page.text
    assert len((await intern.call("GET", f"/api/consents/{scope.consent}")).data["versions"]) == 2
    assert (await specialist.open(disclosure)).status == 200


async def test_places_beyond_the_lists_tick_nothing(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    strange = [("purpose", "7"), ("recipient", "-1"), ("kind", "99999999"), ("kind", "x"), ("recipient", "٣")]
    done = await patient.less(("version", 1), *strange)
    assert "Your yes was taken back on" in done.text


@pytest.mark.parametrize("version", ["", "x", "1.0", "99999999999"])
async def test_a_form_without_its_version_is_refused(story, intern, specialist, patient, version):
    _, scope, _ = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    assert (await patient.send("/patient/look/less", ("version", version))).status == 400


async def test_a_clinician_cannot_speak_as_the_patient(story, intern, specialist):
    _, scope, _ = await shared(story, intern, specialist)
    told = (await intern.call("GET", "/api/session")).data["session"]["authority"]
    forged = replace(intern.following(scope), recorded_by=RecordedByPatient(told["authority"]), decision="withdrawn")
    assert (await intern.record(forged)).code == "consent_not_yours"


async def test_a_withdrawal_says_when_more_has_ended_than_the_page_showed(story, intern, specialist, patient):
    _, scope, disclosure = await shared(story, intern, specialist)
    page = await looking(patient, intern, scope)
    assert set(page.fields("version")) == {"1"}
    assert (await intern.record(intern.following(scope, purposes=("direct-care-advice", "teaching")))).status == 200
    done = await patient.send("/patient/look/withdraw?language=en", ("sure", "yes"), ("version", 1))
    assert "Done. The pictures are closed. More had been agreed to since" in done.text
    assert (await specialist.open(disclosure)).code == "disclosure_closed"


async def test_a_withdrawal_of_what_the_page_showed_says_no_more(story, intern, specialist, patient):
    _, scope, _ = await shared(story, intern, specialist)
    [version] = set((await looking(patient, intern, scope)).fields("version"))
    done = await patient.send("/patient/look/withdraw?language=en", ("sure", "yes"), ("version", version))
    assert "Done. The pictures are closed." in done.text and "More had been" not in done.text


async def test_a_field_that_comes_twice_is_no_form_of_ours(story, intern, specialist, patient):
    """Also once the code was said: neither of two counts."""
    _, scope, _ = await shared(story, intern, specialist)
    await looking(patient, intern, scope)
    for path, *sent in (
        ("code", ("code", CODE), ("code", CODE)),
        ("code", ("code", CODE), ("code", "000000")),
        ("withdraw", ("sure", "yes"), ("sure", "yes")),
        ("less", ("version", 1), ("version", 1), ("purpose", 0)),
        ("less", ("version", 1), ("told", ""), ("told", "")),
    ):
        assert (await patient.send(f"/patient/look/{path}", *sent)).status == 400, (path, sent)
    ticked = (("purpose", 0), ("purpose", 0), ("recipient", 0), ("recipient", 1), ("kind", 0))
    assert (await patient.send("/patient/look/less", ("version", 1), *ticked)).status == 200
