"""What stands without anybody's answer: the patient is asked all of it, told that it was so, and ends it by a no."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import parse_envelope, sign, statement_hash
from inscope_protocol.types import Answer, PersonRecipient, RecordedByPatient, Scope, decode_payload
from world.device import HOUR, TAKEN
from world.patient import CODE, ask

UNASKED: dict[str, dict[str, Any]] = {
    "emergency": {"basis": "emergency", "taken": replace(TAKEN, reason="unconscious")},
    "expected": {"basis": "expected-in-direct-care"},
}


@pytest.fixture(params=UNASKED)
async def shared(request, story, intern, specialist) -> tuple[Scope, str]:
    """(scope, disclosure): an image shared while nobody could be asked, or nobody was."""
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me], **UNASKED[request.param])
    scope = replace(scope, valid_until=scope.valid_from + 23 * HOUR)
    assert (await intern.record(scope, thread)).status == 200
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200, sent
    return scope, disclosure


async def asked(intern, specialist, scope: Scope) -> tuple[str, str]:
    """(request, link)"""
    previous = encode_base64url(statement_hash(sign("consent", scope, intern.device, intern.seed)))
    body, link, put = await ask(intern, [intern.me, specialist.me], consent=scope.consent, previous=previous)
    assert put.status == 200, put
    return body["request"], link


async def versions(intern, scope: Scope) -> list[Scope]:
    envelopes = (await intern.call("GET", f"/api/consents/{scope.consent}")).data["versions"]
    read = [decode_payload("consent", parse_envelope(one).payload_bytes) for one in envelopes]
    return [one for one in read if isinstance(one, Scope)]


async def test_all_of_it_is_asked_and_said_to_have_been_shared(intern, specialist, patient, shared):
    scope, _ = shared
    page = await patient.open((await asked(intern, specialist, scope))[1])
    assert "without asking you first" in page.text
    for words in ("Pictures of you: it is your choice", "Samuel Okafor", "Advice on your care", "X-rays"):
        assert words in page.text[: page.text.index('id="know"')], words
    assert "You said yes before" not in page.text and "What you agreed to before" not in page.text


async def test_what_an_answer_would_close_is_said_before_it(intern, specialist, patient, shared):
    scope, _ = shared
    page = (await patient.open((await asked(intern, specialist, scope))[1])).text
    assert "If you press No, all pictures that were shared without asking you are closed" in page
    ticks = {tick[: tick.index("</label>")] for tick in page.split('<label class="choice">')[1:]}
    warned = {name: next(one for one in ticks if name in one) for name in ("Samuel", "X-rays", "Advice", "Teaching")}
    told = {name: "nobody will be able to open 1 of your pictures" in one for name, one in warned.items()}
    assert told == {"Samuel": True, "X-rays": True, "Advice": True, "Teaching": False}


async def test_where_nothing_is_shared_nothing_would_close(intern, patient):
    _, link, _ = await ask(intern, [intern.me])
    page = (await patient.open(link)).text
    assert "If you press No" not in page and "nobody will be able to open" not in page


async def test_a_no_ends_it_at_once_whatever_the_clinicians_device_does(intern, specialist, patient, shared):
    scope, disclosure = shared
    await patient.open((await asked(intern, specialist, scope))[1])
    said = await patient.send("/patient?language=en", ("answer", "no"))
    assert "You said no." in said.text and "The pictures are closed" in said.text
    assert "stays as it is" not in said.text
    (link,) = said.links
    await patient.get(link)
    seen = await patient.send("/patient/look/code", ("code", CODE))
    assert "Who has opened them" in seen.text and "You said no on" in seen.text
    assert (await specialist.open(disclosure)).reasons == [("consent_withdrawn", None)]
    _, ended = await versions(intern, scope)
    assert (ended.version, ended.decision, ended.basis) == (2, "withdrawn", scope.basis)
    assert isinstance(ended.recorded_by, RecordedByPatient)


async def test_a_yes_to_a_part_keeps_nothing_else(intern, specialist, patient, shared):
    """Nothing counts as agreed to before: what is not ticked is not in the answer."""
    scope, _ = shared
    request, link = await asked(intern, specialist, scope)
    await patient.open(link)
    ticked = (("answer", "some"), ("purpose", 0), ("recipient", 0), ("kind", 0))
    assert "You said yes." in (await patient.send("/patient?language=en", *ticked)).text
    told = (await intern.call("GET", f"/api/patient-questions/{request}")).data["answer"]
    answer = decode_payload("answer", parse_envelope(told).payload_bytes)
    assert isinstance(answer, Answer)
    assert (answer.recipients, answer.purposes) == ((PersonRecipient(intern.me),), ("direct-care-advice",))


async def test_a_no_to_what_has_ended_meanwhile_is_an_answer_all_the_same(intern, specialist, patient, shared):
    scope, _ = shared
    await patient.open((await asked(intern, specialist, scope))[1])
    assert (await intern.record(intern.following(scope, decision="withdrawn"))).status == 200
    assert "You said no." in (await patient.send("/patient?language=en", ("answer", "no"))).text
    assert len(await versions(intern, scope)) == 2
