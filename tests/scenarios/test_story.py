"""The main job, step by step, by the real session core against the real server, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from world.session import Failed, Session

CASE = ("case", "direct-care-advice", "Right leg, fell from ladder")


async def case_with_image(hospital: Any, intern: Session, specialist: Session) -> tuple[str, str, str]:
    """(thread, consent, disclosure) after steps 2 to 4."""
    thread = await intern.createThread(*CASE, [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    await intern.attach(thread, consent, [hospital.xray()], "Is this displaced?")
    await specialist.wait(thread=thread, images=1)
    messages = await specialist.messages(thread)
    images = [image for message in messages for image in message["body"].get("images", [])]
    return thread, consent, images[0]["disclosure"]


async def test_the_xray_reaches_the_specialist_who_answers(hospital, intern, specialist):
    thread, consent, disclosure = await case_with_image(hospital, intern, specialist)
    opened = await specialist.open(thread, disclosure)
    assert opened["bytes"] == hospital.xray()["bytes"]
    assert opened["view"]["consent"] == consent
    await specialist.sendText(thread, "Undisplaced. Backslab, and send him on Monday.")
    await intern.wait(thread=thread, text="Undisplaced. Backslab, and send him on Monday.")
    await specialist.wait(thread=thread, title=CASE[2])
    openings = await intern.openings(disclosure)
    assert [(one["person"]["name"], one["outcome"]) for one in openings] == [("Samuel Okafor", "permit")]


async def test_a_series_goes_in_one_message_and_each_image_by_itself(hospital, intern, specialist):
    thread = await intern.createThread(*CASE, [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    views = [hospital.xray(bodySite=f"leg, view {n}", bytes=hospital.xray()["bytes"] + bytes(n)) for n in range(8)]
    await intern.attach(thread, consent, views, "Eight views")
    await specialist.wait(thread=thread, images=8)
    (message,) = [one for one in await specialist.messages(thread) if one["body"]["kind"] == "images"]
    images = message["body"]["images"]
    assert [one["bodySite"] for one in images] == [one["bodySite"] for one in views]
    assert len({one["image"] for one in images}) == len({one["disclosure"] for one in images}) == 8
    for image, view in zip(images, views, strict=True):
        assert (await specialist.open(thread, image["disclosure"]))["bytes"] == view["bytes"]
    await intern.removeImage(images[3]["disclosure"])
    with pytest.raises(Failed, match="disclosure_closed"):
        await specialist.open(thread, images[3]["disclosure"])
    assert (await specialist.open(thread, images[4]["disclosure"]))["bytes"] == views[4]["bytes"]


async def test_one_image_that_is_not_covered_keeps_the_whole_series_back(hospital, intern, specialist):
    thread = await intern.createThread(*CASE, [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    with pytest.raises(Failed, match="denied"):
        await intern.attach(thread, consent, [hospital.xray(), hospital.xray(kind="photograph")], "")
    assert all(message["body"]["kind"] != "images" for message in await intern.messages(thread))


async def test_the_server_holds_neither_title_nor_text_nor_patient_nor_picture(hospital, intern, specialist, tmp_path):
    thread, _, _ = await case_with_image(hospital, intern, specialist)
    await intern.sendText(thread, "canary in the coal mine")
    canaries = [b"canary in the coal mine", b"Right leg", b"Alex Canary", b"RN-771", b"Is this displaced"]
    canaries.append(hospital.xray()["bytes"][2000:2064])
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    async with hospital.running.server.database.read() as tx:
        from sqlalchemy import select

        from inscope_server.tables import metadata

        for table in metadata.sorted_tables:
            for row in await tx.all(select(table)):
                held += b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    assert len(held) > 10_000
    assert [canary for canary in canaries if canary in held] == []


async def test_the_social_group_is_refused_with_names_by_the_client_and_by_the_server(
    hospital, intern, specialist, colleague
):
    thread, consent, disclosure = await case_with_image(hospital, intern, specialist)
    social = await intern.createThread("social", "none", "The unicorn of breaks", [colleague.person])
    expected = [("purpose_not_covered", None), ("social_thread", None), ("person_not_covered", colleague.person)]
    view = (await intern.messages(thread))[-1]["body"]["images"][0]
    image = {"subject": view["subject"], "kind": "radiograph", "deidentified": False, "sensitive": [], "onward": True}
    verdicts = {one["thread"]: one for one in await intern.verdicts(consent, image)}
    assert verdicts[thread]["permit"] is True
    assert [(one["code"], one["who"]) for one in verdicts[social]["reasons"]] == expected
    with pytest.raises(Failed) as own:
        await intern.forward(thread, disclosure, social, consent, "look at this")
    assert own.value.named == expected
    asked = {
        "thread": social, "epoch": 1, "consent": consent, "version": 1, "origin": disclosure,
        "image": {
            "image": view["image"], "subject": view["subject"], "kind": "radiograph", "deidentified": False,
            "sensitive": [],
        },
    }  # fmt: skip
    answer = await intern.raw("POST", "/api/disclosures", asked)
    assert answer["status"] == 403
    assert [(one["code"], one["who"]) for one in answer["body"]["error"]["reasons"]] == expected


async def test_a_modified_client_gets_no_further(hospital, specialist, colleague):
    modified = await hospital.enrol(hospital.riverbend, "Mallory", permissive=True)
    thread, consent, disclosure = await case_with_image(hospital, modified, specialist)
    social = await modified.createThread("social", "none", "The unicorn of breaks", [colleague.person])
    with pytest.raises(Failed) as refused:
        await modified.forward(thread, disclosure, social, consent, "look")
    assert ("person_not_covered", colleague.person) in refused.value.named
    assert all(message["body"]["kind"] != "images" for message in await colleague.messages(social))


async def test_a_forward_within_the_consent_is_a_new_disclosure(hospital, intern, specialist):
    thread, consent, disclosure = await case_with_image(hospital, intern, specialist)
    second = await intern.createThread("discussion", "direct-care-advice", "Second look", [specialist.person])
    await intern.forward(thread, disclosure, second, consent, "As discussed")
    await specialist.wait(thread=second, images=1)
    image = (await specialist.messages(second))[-1]["body"]["images"][0]
    assert image["disclosure"] != disclosure
    assert image["origin"] == disclosure
    assert (await specialist.open(second, image["disclosure"]))["bytes"] == hospital.xray()["bytes"]


async def test_an_uncovered_colleague_cannot_be_added_and_the_two_ways_out_work(
    hospital, intern, specialist, colleague
):
    thread, consent, disclosure = await case_with_image(hospital, intern, specialist)
    tried = await intern.tryAdd(thread, [colleague.person])
    assert tried["permit"] is False
    with pytest.raises(Failed) as refused:
        await intern.addPeople(thread, [colleague.person])
    assert refused.value.code == "members_not_covered"
    assert refused.value.named == [("person_not_covered", colleague.person)]
    wider = hospital.draft([intern, specialist, colleague])
    await intern.amendConsent(consent, wider, thread)
    await intern.addPeople(thread, [colleague.person])
    await colleague.wait(thread=thread, title=CASE[2])
    await intern.sendText(thread, "Welcome")
    await colleague.wait(thread=thread, text="Welcome")
    await specialist.wait(thread=thread, text="Welcome")
    late = await hospital.enrol(hospital.coastal, "Late Comer")
    with pytest.raises(Failed):
        await intern.addPeople(thread, [late.person])
    await intern.removeImage(disclosure)
    await intern.addPeople(thread, [late.person])
    await specialist.wait(thread=thread, disclosure=disclosure, state="destroyed")
    with pytest.raises(Failed):
        await specialist.open(thread, disclosure)


async def test_a_refusal_means_no_image_at_all(hospital, intern, specialist):
    thread = await intern.createThread(*CASE, [specialist.person])
    refusal = await intern.recordConsent(thread, hospital.draft([intern, specialist], decision="refused"))
    with pytest.raises(Failed) as refused:
        await intern.attach(thread, refusal, [hospital.xray()], "")
    assert refused.value.named == [("consent_refused", None)]


async def test_withdrawal_ends_access_on_every_screen(hospital, intern, specialist):
    thread, consent, disclosure = await case_with_image(hospital, intern, specialist)
    await specialist.open(thread, disclosure)
    await intern.withdrawConsent(consent)
    await specialist.wait(thread=thread, disclosure=disclosure, state="destroyed")
    with pytest.raises(Failed):
        await specialist.open(thread, disclosure)


async def test_a_locked_and_unlocked_device_goes_on_where_it_was(hospital, intern, specialist):
    thread, _, disclosure = await case_with_image(hospital, intern, specialist)
    await specialist.lock()
    await intern.sendText(thread, "while you were away")
    with pytest.raises(Failed) as wrong:
        await specialist.unlock("not the passphrase at all")
    assert wrong.value.code == "wrong_passphrase"
    await specialist.unlock("a passphrase for tests")
    await specialist.connect()
    await specialist.wait(thread=thread, text="while you were away")
    assert (await specialist.open(thread, disclosure))["bytes"] == hospital.xray()["bytes"]


async def test_a_clock_a_day_off_changes_nothing(hospital, intern):
    ahead = await hospital.enrol(hospital.coastal, "Fast Clock", clockOffset=26 * 3600 * 1000)
    thread, _, disclosure = await case_with_image(hospital, intern, ahead)
    assert (await ahead.open(thread, disclosure))["bytes"] == hospital.xray()["bytes"]


async def test_honest_recipients_refuse_when_the_servers_gate_is_off(hospital, colleague, specialist, monkeypatch):
    """A server that permits everything (a test build) and a modified sender: the recipient still does not render."""
    from inscope_server.images import rules

    modified = await hospital.enrol(hospital.riverbend, "Mallory", permissive=True)
    thread, consent, disclosure = await case_with_image(hospital, modified, specialist)
    other = await modified.createThread("discussion", "direct-care-advice", "Interns", [colleague.person])
    monkeypatch.setattr(rules, "reasons_against", lambda *_: [])
    await modified.forward(thread, disclosure, other, consent, "look")
    await colleague.wait(thread=other, images=1)
    image = (await colleague.messages(other))[-1]["body"]["images"][0]
    with pytest.raises(Failed) as refused:
        await colleague.open(other, image["disclosure"])
    assert refused.value.named == [("person_not_covered", colleague.person)]
