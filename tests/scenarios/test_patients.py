"""The patient's own answers, by the real session core on one side and a browser without JavaScript on the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.patient_link import patient_token
from inscope_server.images.currency import Currency
from world.patient import Patient
from world.session import Failed

CASE = ("case", "direct-care-advice", "Right leg, fell from ladder")


@pytest.fixture
async def patient(hospital) -> AsyncIterator[Patient]:
    patient = Patient(hospital.running)
    yield patient
    await patient.close()


async def asked(hospital: Any, clinician: Any, thread: str, people: list[Any], base: str | None = None) -> Any:
    draft = hospital.draft(people, **({} if base is None else {"subject": None}))
    return await clinician.askPatient(thread, draft, base)


def path_of(link: str, origin: str) -> str:
    """What a browser sends of a link: all but the fragment."""
    return link.removeprefix(origin).split("#")[0]


async def settled(clinician: Any, request: str) -> Any:
    for _ in range(400):
        view = await clinician.question(request)
        if view["state"] not in ("put", "opened"):
            return view
        await asyncio.sleep(0.02)
    raise TimeoutError(view)


async def answer(hospital: Any, patient: Patient, view: Any, *fields: tuple[str, Any]) -> Any:
    assert (await patient.open(path_of(view["link"], hospital.running.origin))).status == 200
    page = await patient.send("/patient?language=en", *fields)
    assert page.status == 200, page.text
    return page


async def consented(hospital: Any, intern: Any, specialist: Any, patient: Patient) -> tuple[str, str, Any, Any]:
    """(thread, consent, question, page) after the patient has said yes to all."""
    thread = await intern.createThread(*CASE, [specialist.person])
    view = await asked(hospital, intern, thread, [intern, specialist])
    page = await answer(hospital, patient, view, ("answer", "all"))
    done = await settled(intern, view["request"])
    assert done["state"] == "agreed", done
    return thread, view["consent"], view, page


async def shared(intern: Any, specialist: Any, hospital: Any, thread: str, consent: str) -> str:
    await intern.attach(thread, consent, [hospital.xray()], "Is this displaced?")
    await specialist.wait(thread=thread, images=1)
    messages = await specialist.messages(thread)
    return next(image["disclosure"] for one in messages for image in one["body"].get("images", []))


async def test_a_patients_yes_becomes_a_consent_without_another_press(hospital, intern, specialist, patient):
    thread, consent, _, _ = await consented(hospital, intern, specialist, patient)
    view = next(one for one in await intern.consents() if one["consent"] == consent)
    taken = view["scope"]["taken"]
    assert (taken["how"], taken["sheet"]["sheet"]) == ("electronic", "clinical-images")
    assert taken["answer"]
    assert view["record"]["patientName"] == "Alex Canary"
    disclosure = await shared(intern, specialist, hospital, thread, consent)
    assert (await specialist.open(thread, disclosure))["bytes"] == hospital.xray()["bytes"]


async def test_a_patients_no_is_recorded_and_shares_nothing(hospital, intern, specialist, patient):
    thread = await intern.createThread(*CASE, [specialist.person])
    view = await asked(hospital, intern, thread, [intern, specialist])
    await answer(hospital, patient, view, ("answer", "no"))
    assert (await settled(intern, view["request"]))["state"] == "refused"
    with pytest.raises(Failed) as refused:
        await intern.attach(thread, view["consent"], [hospital.xray()], "")
    assert refused.value.named[0] == ("consent_refused", None)


async def test_the_name_and_the_secret_never_reach_the_server(hospital, intern, specialist, patient, tmp_path):
    _, _, view, _ = await consented(hospital, intern, specialist, patient)
    secret = view["link"].split("#")[1]
    assert patient_token(decode_base64url(secret))
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    async with hospital.running.server.database.read() as tx:
        from sqlalchemy import select

        from inscope_server.tables import metadata

        for table in metadata.sorted_tables:
            for row in await tx.all(select(table)):
                held += b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    token = path_of(view["link"], hospital.running.origin).rsplit("/", 1)[1]
    assert [
        one for one in (b"Alex Canary", secret.encode(), decode_base64url(secret), token.encode()) if one in held
    ] == []


async def test_an_answer_that_came_while_the_device_was_locked_is_recorded_at_the_next_contact(
    hospital, intern, specialist, patient
):
    thread = await intern.createThread(*CASE, [specialist.person])
    view = await asked(hospital, intern, thread, [intern, specialist])
    await intern.lock()
    await answer(hospital, patient, view, ("answer", "all"))
    await intern.unlock("a passphrase for tests")
    await intern.connect()
    assert (await settled(intern, view["request"]))["state"] == "agreed"
    await specialist.wait(consent=view["consent"], version=1)
    assert thread


async def test_a_withdrawal_by_the_patient_ends_access_on_every_screen(hospital, intern, specialist, patient):
    thread, consent, view, page = await consented(hospital, intern, specialist, patient)
    disclosure = await shared(intern, specialist, hospital, thread, consent)
    await specialist.open(thread, disclosure)
    link = re.findall(r'href="([^"]*/patient/look/[^"]*)"', page.text)[0]
    await patient.get(path_of(link, hospital.running.origin))
    shown = await patient.send("/patient/look/code?language=en", ("code", view["code"]))
    assert "Samuel Okafor" in shown.text
    await patient.send("/patient/look/withdraw", ("sure", "yes"))
    for session in (intern, specialist):
        await session.wait(thread=thread, disclosure=disclosure, state="destroyed")
        await session.wait(consent=consent, version=2)
        scope = next(one["scope"] for one in await session.consents() if one["consent"] == consent)
        assert (scope["decision"], scope["recorded_by"]["kind"]) == ("withdrawn", "patient")
    with pytest.raises(Failed):
        await specialist.open(thread, disclosure)


async def test_a_wider_consent_on_the_spot(hospital, intern, specialist, colleague, patient):
    thread, consent, _, _ = await consented(hospital, intern, specialist, patient)
    await shared(intern, specialist, hospital, thread, consent)
    with pytest.raises(Failed):
        await intern.addPeople(thread, [colleague.person])
    other = Patient(hospital.running)
    view = await asked(hospital, intern, thread, [intern, specialist, colleague], consent)
    page = await other.open(path_of(view["link"], hospital.running.origin))
    new = page.text[page.text.index('id="asked"') : page.text.index("</section>")]
    assert ("Theo Brandt" in new, "Samuel Okafor" in new) == (True, False)
    await other.send("/patient", ("answer", "all"))
    assert (await settled(intern, view["request"]))["state"] == "agreed"
    await intern.addPeople(thread, [colleague.person])
    await colleague.wait(thread=thread, title=CASE[2])
    await other.close()


async def test_images_stop_and_text_goes_on_when_no_status_is_to_be_had(
    hospital, intern, specialist, patient, monkeypatch
):
    """An authority that does not answer, as one in a process of its own that is down."""
    thread, consent, _, _ = await consented(hospital, intern, specialist, patient)
    disclosure = await shared(intern, specialist, hospital, thread, consent)

    async def silent(*_: Any) -> dict[str, Any]:
        return {}

    monkeypatch.setattr(Currency, "of", silent)
    for attempt in (specialist.open(thread, disclosure), intern.attach(thread, consent, [hospital.xray()], "")):
        with pytest.raises(Failed) as refused:
            await attempt
        assert refused.value.code == "consent_not_current"
    await intern.sendText(thread, "text goes on")
    await specialist.wait(thread=thread, text="text goes on")


async def test_a_replayed_status_does_not_hide_a_withdrawal(hospital, intern, specialist, patient, monkeypatch):
    """A server that answers with yesterday's status and yesterday's versions is found out by the nonce."""
    thread, consent, _, _ = await consented(hospital, intern, specialist, patient)
    disclosure = await shared(intern, specialist, hospital, thread, consent)
    old = await hospital.running.server.authority.status("A" * 22, [consent])

    async def replayed(*_: Any) -> dict[str, Any]:
        return {"status": old}

    monkeypatch.setattr(Currency, "of", replayed)
    with pytest.raises(Failed) as refused:
        await specialist.open(thread, disclosure)
    assert refused.value.code == "consent_not_current"


async def test_a_look_back_for_who_answered_by_word_of_mouth(hospital, intern, specialist, patient):
    thread = await intern.createThread(*CASE, [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    given = await intern.lookBackLink(consent)
    await patient.get(path_of(given["link"], hospital.running.origin))
    page = await patient.send("/patient/look/code?language=en", ("code", given["code"]))
    assert "You said yes on" in page.text


async def test_a_patient_who_can_answer_again_answers_for_themselves(hospital, intern, specialist, patient):
    """An emergency ends with the patient's own yes: they are asked then, and it lasts as long as they say."""
    thread = await intern.createThread(*CASE, [specialist.person])
    now = hospital.running.clock.now()
    emergency = {"basis": "emergency", "reason": "unconscious", "validUntil": now + 6 * 3_600_000}
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist], **emergency))
    disclosure = await shared(intern, specialist, hospital, thread, consent)
    later = hospital.draft([intern, specialist], basis="emergency", reason="unconscious")
    view = await intern.askPatient(thread, later, consent)
    await answer(hospital, patient, view, ("answer", "all"))
    assert (await settled(intern, view["request"]))["state"] == "agreed"
    scope = next(one["scope"] for one in await intern.consents() if one["consent"] == consent)
    assert (scope["version"], scope["basis"], scope["taken"]["reason"]) == (2, "patient", None)
    assert scope["valid_until"] > now + 7 * 3_600_000
    assert (await specialist.open(thread, disclosure))["bytes"] == hospital.xray()["bytes"]
