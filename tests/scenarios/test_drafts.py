"""Images that are not sent yet (SPEC S7.12): kept sealed through restarts, sent once, decided when they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from world.session import PASSPHRASE, Failed, Session

NOWHERE = "http://127.0.0.1:9"
HOUR = 3_600_000


async def case(hospital: Any, intern: Session, specialist: Session, **changes: Any) -> tuple[str, str]:
    thread = await intern.createThread("case", "direct-care-advice", "Fell from a ladder", [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist], **changes))
    await specialist.wait(thread=thread, consent=consent)
    return thread, consent


async def cut_off(session: Session) -> None:
    await session.disconnect()
    await session.through(NOWHERE)


async def back(hospital: Any, session: Session) -> None:
    await session.through(hospital.running.origin)
    await session.connect()


async def reloaded(session: Session) -> None:
    """As after a tab was closed at whatever instant: nothing is left but what was stored."""
    await session.reload()
    await session.unlock(PASSPHRASE)


async def write(session: Session, thread: str, consent: str, images: list[Any], caption: str) -> str:
    """Written while the server cannot be reached: the draft's message id, once it is kept."""
    session.driver.begin(session.name, "attach", thread, consent, images, caption)
    await session.wait(thread=thread, drafts=1 + len(await drafts(session, thread)))
    return str((await drafts(session, thread))[-1]["message"])


async def drafts(session: Session, thread: str) -> list[Any]:
    return [one for one in await session.messages(thread) if one["body"]["kind"] == "draft"]


async def captions(session: Session, thread: str) -> list[str]:
    return [one["body"]["caption"] for one in await session.messages(thread) if one["body"]["kind"] == "images"]


def reasons(draft: Any) -> list[tuple[str, str | None]]:
    return [(one["code"], one["who"]) for one in draft["body"]["failure"]["reasons"]]


async def test_a_picture_written_offline_waits_through_a_reload_and_is_sent_once(hospital, intern, specialist):
    thread, consent = await case(hospital, intern, specialist)
    await cut_off(intern)
    message = await write(intern, thread, consent, [hospital.xray(), hospital.xray(kind="radiograph")], "Two views")
    await reloaded(intern)
    (draft,) = await drafts(intern, thread)
    assert (draft["message"], draft["state"], draft["body"]["caption"]) == (message, "sending", "Two views")
    assert [one["bodySite"] for one in draft["body"]["images"]] == ["leg", "leg"]
    await back(hospital, intern)
    await specialist.wait(thread=thread, images=2)
    await intern.wait(thread=thread, images=2, drafts=0)
    assert await captions(specialist, thread) == await captions(intern, thread) == ["Two views"]
    ((first, _),) = [one["body"]["images"] for one in await specialist.messages(thread) if "images" in one["body"]]
    assert (await specialist.open(thread, first["disclosure"]))["bytes"] == hospital.xray()["bytes"]


async def test_whatever_instant_the_device_ends_at_an_image_is_sent_once_or_was_never_kept(
    hospital, intern, specialist
):
    """Each thing that a sending asks of its surroundings is an instant before it is done, and one after."""
    thread, consent = await case(hospital, intern, specialist)
    kept, met, instants = [], set(), 0
    while True:
        instants += 1
        caption = f"ended after {instants}"
        await intern.endAfter(instants)
        intern.driver.begin(intern.name, "attach", thread, consent, [hospital.xray()], caption)
        if (ended := await intern.whenEnded(caption)) is None:
            kept.append(caption)
            break
        met.add(ended)
        await reloaded(intern)
        if any(one["body"].get("caption") == caption for one in await intern.messages(thread)):
            kept.append(caption)
        await intern.connect()
        await intern.wait(thread=thread, images=len(kept), drafts=0, timeout=30_000)
    assert {"store", "POST /api/disclosures", "HEAD /api/uploads/", "PATCH /api/uploads/", "send"} <= met, met
    assert len(kept) > 8
    await intern.endAfter(1_000_000)
    await intern.sendText(thread, "that was all")
    await specialist.wait(thread=thread, text="that was all")
    assert await captions(specialist, thread) == await captions(intern, thread) == kept
    last = [one["body"]["images"][0] for one in await specialist.messages(thread) if "images" in one["body"]][-1]
    assert (await specialist.open(thread, last["disclosure"]))["bytes"] == hospital.xray()["bytes"]


async def test_a_consent_that_ended_meanwhile_refuses_it_with_the_reasons_and_nothing_is_sent(
    hospital, intern, specialist
):
    thread, consent = await case(hospital, intern, specialist)
    await cut_off(intern)
    message = await write(intern, thread, consent, [hospital.xray()], "Too late")
    await specialist.withdrawConsent(consent)
    await back(hospital, intern)
    await intern.wait(thread=thread, refused=1)
    (draft,) = await drafts(intern, thread)
    assert (draft["state"], reasons(draft)) == ("failed", [("consent_withdrawn", None)])
    await reloaded(intern)
    await intern.connect()
    await intern.wait(line="online")
    (draft,) = await drafts(intern, thread)
    assert reasons(draft) == [("consent_withdrawn", None)]
    with pytest.raises(Failed, match="denied"):
        await intern.retry(message)
    await intern.discardDraft(message)
    assert await drafts(intern, thread) == []
    await intern.sendText(thread, "the end")
    await specialist.wait(thread=thread, text="the end")
    assert await captions(specialist, thread) == []


async def test_who_came_meanwhile_refuses_it_until_the_patient_agrees_or_it_goes_elsewhere(
    hospital, intern, specialist, colleague
):
    thread, consent = await case(hospital, intern, specialist)
    other = await intern.createThread("case", "direct-care-advice", "Just the two of us", [specialist.person])
    await specialist.wait(thread=other, title="Just the two of us")
    await cut_off(intern)
    first = await write(intern, thread, consent, [hospital.xray()], "For both")
    second = await write(intern, thread, consent, [hospital.xray()], "For him alone")
    await specialist.addPeople(thread, [colleague.person])
    await back(hospital, intern)
    await intern.wait(thread=thread, refused=2)
    assert [reasons(one) for one in await drafts(intern, thread)] == [[("person_not_covered", colleague.person)]] * 2
    assert await captions(colleague, thread) == []
    await intern.redirectDraft(second, other, consent, "For him alone")
    await specialist.wait(thread=other, images=1)
    await intern.amendConsent(consent, hospital.draft([intern, specialist, colleague]), thread)
    await intern.retry(first)
    for reader in (specialist, colleague):
        await reader.wait(thread=thread, images=1)
        assert await captions(reader, thread) == ["For both"]
    assert await drafts(intern, thread) == []


async def test_a_modified_client_that_kept_it_is_refused_by_the_server(hospital, specialist):
    modified = await hospital.enrol(hospital.riverbend, "Mallory", permissive=True)
    thread, consent = await case(hospital, modified, specialist)
    await cut_off(modified)
    await write(modified, thread, consent, [hospital.xray()], "Anyway")
    await specialist.withdrawConsent(consent)
    await back(hospital, modified)
    await modified.wait(thread=thread, refused=1)
    assert await captions(specialist, thread) == []


async def test_words_do_not_wait_for_a_picture_and_pictures_keep_their_order(hospital, intern, specialist):
    thread, consent = await case(hospital, intern, specialist)
    await cut_off(intern)
    for caption in ("first", "second", "third"):
        await write(intern, thread, consent, [hospital.xray()], caption)
    intern.driver.begin(intern.name, "sendText", thread, "He is in pain")
    await intern.wait(thread=thread, sending="He is in pain")
    await back(hospital, intern)
    await specialist.wait(thread=thread, images=3)
    assert await captions(specialist, thread) == ["first", "second", "third"]
    said = [one["body"] for one in await specialist.messages(thread) if one["body"]["kind"] in ("text", "images")]
    assert said[0] == {"kind": "text", "text": "He is in pain"}


async def test_a_forward_waits_too_and_keeps_no_pixel_of_what_it_forwards(hospital, intern, specialist):
    thread, consent = await case(hospital, intern, specialist)
    await intern.attach(thread, consent, [hospital.xray()], "")
    await specialist.wait(thread=thread, images=1)
    image = next(one["body"]["images"][0] for one in await intern.messages(thread) if "images" in one["body"])
    other = await intern.createThread("discussion", "direct-care-advice", "Second look", [specialist.person])
    await specialist.wait(thread=other, title="Second look")
    await cut_off(intern)
    before = await intern.stored()
    intern.driver.begin(intern.name, "forward", thread, image["disclosure"], other, consent, "As discussed")
    await intern.wait(thread=other, drafts=1)
    assert await intern.stored() - before < 4_000, "a reference, and not a picture"
    await reloaded(intern)
    await back(hospital, intern)
    await specialist.wait(thread=other, images=1)
    assert await captions(specialist, other) == ["As discussed"]


async def test_what_is_forwarded_and_closes_meanwhile_is_not_forwarded(hospital, intern, specialist):
    thread, consent = await case(hospital, intern, specialist)
    await intern.attach(thread, consent, [hospital.xray()], "")
    await specialist.wait(thread=thread, images=1)
    image = next(one["body"]["images"][0] for one in await intern.messages(thread) if "images" in one["body"])
    other = await intern.createThread("discussion", "direct-care-advice", "Second look", [specialist.person])
    await cut_off(intern)
    intern.driver.begin(intern.name, "forward", thread, image["disclosure"], other, consent, "")
    await intern.wait(thread=other, drafts=1)
    await specialist.withdrawConsent(consent)
    await back(hospital, intern)
    await intern.wait(thread=other, refused=1)
    (draft,) = await drafts(intern, other)
    assert draft["body"]["failure"]["code"] in ("denied", "disclosure_closed")


async def test_a_draft_that_is_stopped_leaves_nothing(hospital, intern, specialist):
    thread, consent = await case(hospital, intern, specialist)
    await cut_off(intern)
    before = await intern.stored()
    message = await write(intern, thread, consent, [hospital.xray()], "Never mind")
    assert await intern.stored() - before > len(hospital.xray()["bytes"])
    await intern.discardDraft(message)
    assert await drafts(intern, thread) == []
    assert await intern.stored() - before < 4_000
    await back(hospital, intern)
    await intern.sendText(thread, "the end")
    await specialist.wait(thread=thread, text="the end")
    assert await captions(specialist, thread) == []


async def test_after_a_day_its_pictures_are_deleted_and_its_sender_is_told(hospital, intern, specialist):
    thread, consent = await case(hospital, intern, specialist, validUntil=hospital.running.clock.now() + 100 * HOUR)
    await cut_off(intern)
    before = await intern.stored()
    message = await write(intern, thread, consent, [hospital.xray()], "Nobody came")
    await intern.lock()
    await intern.advance(25 * HOUR)
    hospital.running.clock.advance(25 * HOUR)
    await intern.unlock(PASSPHRASE)
    await back(hospital, intern)
    await intern.wait(thread=thread, refused=1)
    (draft,) = await drafts(intern, thread)
    assert draft["body"]["failure"]["code"] == "draft_ended"
    assert await intern.stored() - before < 8_000
    with pytest.raises(Failed, match="draft_ended"):
        await intern.retry(message)
    await intern.discardDraft(message)
    assert await captions(specialist, thread) == []


async def test_a_picture_on_its_way_when_the_device_locks_is_sent_after_the_unlock(hospital, intern, specialist):
    thread, consent = await case(hospital, intern, specialist)
    await cut_off(intern)
    await write(intern, thread, consent, [hospital.xray()], "Locked meanwhile")
    await intern.through(hospital.running.origin)
    await intern.lock()
    await intern.unlock(PASSPHRASE)
    await specialist.wait(thread=thread, images=1)
    assert await captions(specialist, thread) == ["Locked meanwhile"]
