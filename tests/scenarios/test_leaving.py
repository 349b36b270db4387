"""Who leaves a thread says so, and is taken out by whoever sees it first (SPEC S6.10)."""

from __future__ import annotations

import pytest

from scenarios.test_drafts import back, cut_off
from scenarios.test_story import CASE
from world.session import Failed, Session


async def kinds(session: Session, thread: str) -> list[str]:
    return [message["body"]["kind"] for message in await session.messages(thread)]


async def names(session: Session, thread: str) -> set[str]:
    (view,) = [one for one in await session.threads() if one["thread"] == thread]
    return {one["name"] for one in view["people"]}


async def test_who_leaves_is_out_within_seconds_and_their_images_end(hospital, intern, specialist, colleague):
    thread = await intern.createThread(*CASE, [specialist.person, colleague.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist, colleague]))
    await intern.attach(thread, consent, [hospital.xray()], "Is this displaced?")
    await colleague.wait(thread=thread, images=1)
    await colleague.leaveThread(thread)
    await colleague.wait(thread=thread, trouble="removed")
    for one in (intern, specialist):
        await one.wait(thread=thread, people=2)
        said = await kinds(one, thread)
        assert "leaving" in said and "left" not in said, "one line says it"
    (image,) = [
        image for message in await colleague.messages(thread) for image in message["body"].get("images", [])
    ]  # fmt: skip
    assert (image["state"], image["closedCode"]) == ("destroyed", "removed")
    with pytest.raises(Failed):
        await colleague.sendText(thread, "One more thing")
    await intern.sendText(thread, "Just us now")
    await specialist.wait(thread=thread, text="Just us now")
    assert "Just us now" not in str(await colleague.messages(thread))


async def test_who_leaves_while_everybody_is_away_is_out_once_somebody_is_back(intern, specialist, colleague):
    thread = await intern.createThread(*CASE, [specialist.person, colleague.person])
    await colleague.wait(thread=thread, title=CASE[2])
    await specialist.wait(thread=thread, title=CASE[2])
    for one in (intern, specialist):
        await one.disconnect()
    await colleague.leaveThread(thread)
    (view,) = await colleague.threads()
    assert view["leaving"] and view["trouble"] is None
    with pytest.raises(Failed, match="leaving"):
        await colleague.sendText(thread, "One more thing")
    await specialist.connect()
    await colleague.wait(thread=thread, trouble="removed")
    await intern.connect()
    await intern.wait(thread=thread, people=2)


async def test_what_waits_is_sent_to_who_stays(hospital, intern, specialist, colleague):
    thread = await intern.createThread(*CASE, [specialist.person, colleague.person])
    for one in (specialist, colleague):
        await one.wait(thread=thread, title=CASE[2])
    await specialist.disconnect()
    await cut_off(intern)
    hospital.driver.begin(intern.name, "sendText", thread, "Written while away")
    await intern.wait(thread=thread, sending="Written while away")
    await colleague.leaveThread(thread)
    await back(hospital, intern)
    await colleague.wait(thread=thread, trouble="removed")
    await specialist.connect()
    await specialist.wait(thread=thread, text="Written while away")
    assert "Written while away" not in str(await colleague.messages(thread))


async def test_who_is_added_again_stays(intern, specialist, colleague):
    thread = await intern.createThread(*CASE, [specialist.person, colleague.person])
    await colleague.wait(thread=thread, title=CASE[2])
    await colleague.leaveThread(thread)
    await colleague.wait(thread=thread, trouble="removed")
    await intern.wait(thread=thread, people=2)
    await intern.addPeople(thread, [colleague.person])
    await colleague.wait(thread=thread, people=3)
    for one in (intern, specialist):
        await one.disconnect()
        await one.connect()
        await one.wait(thread=thread, people=3)
    await colleague.sendText(thread, "Here again")
    await specialist.wait(thread=thread, text="Here again")
    assert await names(intern, thread) == await names(specialist, thread)


async def test_the_last_two_who_leave_are_both_out_and_their_images_end(hospital, intern, specialist):
    thread = await intern.createThread(*CASE, [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    await intern.attach(thread, consent, [hospital.xray()], "Is this displaced?")
    await specialist.wait(thread=thread, images=1)
    for one in (specialist, intern):
        hospital.driver.begin(one.name, "leaveThread", thread)
    for one in (intern, specialist):
        await one.wait(thread=thread, trouble="removed")
        (image,) = [
            image for message in await one.messages(thread) for image in message["body"].get("images", [])
        ]  # fmt: skip
        assert image["state"] == "destroyed"
    with pytest.raises(Failed):
        await intern.open(thread, image["disclosure"])


async def test_who_is_alone_leaves_at_once_and_may_forget_it(intern):
    thread = await intern.createThread(*CASE, [])
    with pytest.raises(Failed, match="not_found"):
        await intern.forgetThread(thread)
    await intern.leaveThread(thread)
    await intern.wait(thread=thread, trouble="removed")
    await intern.forgetThread(thread)
    assert await intern.threads() == []
    await intern.disconnect()
    await intern.connect()
    assert await intern.threads() == []


async def test_a_leaving_from_before_one_came_back_throws_nobody_out(intern, specialist, colleague):
    """Who was out meanwhile has not seen that the other one was added again."""
    thread = await intern.createThread(*CASE, [specialist.person, colleague.person])
    for one in (specialist, colleague):
        await one.wait(thread=thread, title=CASE[2])
    await colleague.leaveThread(thread)
    await colleague.wait(thread=thread, trouble="removed")
    for one in (intern, specialist):
        await one.wait(thread=thread, people=2)
    await intern.removePeople(thread, [specialist.person])
    await specialist.wait(thread=thread, trouble="removed")
    for one in (colleague, specialist):
        await intern.addPeople(thread, [one.person])
        await one.wait(thread=thread, title=CASE[2])
    await specialist.wait(thread=thread, people=3)
    await specialist.disconnect()
    await specialist.connect()
    await colleague.sendText(thread, "Here again")
    await specialist.wait(thread=thread, text="Here again")
    assert len(await names(specialist, thread)) == 3


async def test_two_who_leave_at_once_are_both_out(hospital, intern, specialist, colleague):
    thread = await intern.createThread(*CASE, [specialist.person, colleague.person])
    for one in (specialist, colleague):
        await one.wait(thread=thread, title=CASE[2])
    for one in (specialist, colleague):
        hospital.driver.begin(one.name, "leaveThread", thread)
    for one in (specialist, colleague):
        await one.wait(thread=thread, trouble="removed")
    await intern.wait(thread=thread, people=1)
