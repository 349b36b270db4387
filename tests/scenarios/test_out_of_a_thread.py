"""Who is out of a thread, or whose thread has stopped, keeps no image of it, nor what was drawn on one (S7.9)."""

from __future__ import annotations

import asyncio
from typing import Any

from scenarios.test_annotations import drawn_on, layers
from scenarios.test_filing import image
from world.session import PASSPHRASE, Session


async def trouble(session: Session, thread: str, expected: str) -> None:
    async with asyncio.timeout(60):
        while [one["trouble"] for one in await session.threads() if one["thread"] == thread] != [expected]:
            await asyncio.sleep(0.05)


async def nothing_is_left(session: Session, thread: str, disclosure: str, code: str) -> None:
    view = await image(session, thread)
    assert (view["state"], view["closedCode"]) == ("destroyed", code)
    assert await layers(session, thread, disclosure) == []
    said = str(await session.messages(thread))
    assert "CANARY-WORDS" not in said and "Is this displaced?" in said, "what was read stays"


async def test_a_withdrawal_reaches_a_thread_that_has_stopped(hospital, intern, specialist):
    thread, consent, disclosure = await drawn_on(hospital, intern, specialist)
    await hospital.driver.call(specialist.name, "clone", {"as": "the copy"})
    copy = Session(hospital.driver, "the copy", specialist.person)
    await specialist.sendText(thread, "of which the copy does not know")
    await specialist.disconnect()
    await copy.unlock(PASSPHRASE)
    await copy.connect()
    await trouble(copy, thread, "state_lost")
    assert (await image(copy, thread))["state"] == "live"
    await intern.sendText(thread, "which it passes over")
    await intern.withdrawConsent(consent)
    await copy.wait(thread=thread, disclosure=disclosure, state="destroyed")
    await nothing_is_left(copy, thread, disclosure, "consent_withdrawn")


async def test_who_is_taken_out_keeps_no_image(hospital, intern, specialist):
    thread, _, disclosure = await drawn_on(hospital, intern, specialist)
    await intern.removePeople(thread, [specialist.person])
    await trouble(specialist, thread, "removed")
    await nothing_is_left(specialist, thread, disclosure, "removed")
    assert (await image(intern, thread))["state"] == "live"


async def test_who_is_taken_out_while_away_learns_of_it(hospital, intern, specialist):
    thread, _, disclosure = await drawn_on(hospital, intern, specialist)
    await specialist.disconnect()
    await intern.removePeople(thread, [specialist.person])
    await specialist.connect()
    await trouble(specialist, thread, "removed")
    await nothing_is_left(specialist, thread, disclosure, "removed")


async def test_a_new_thread_is_not_taken_for_one_that_is_gone(hospital, intern, specialist):
    """It is on the device before it is on the server."""
    made, _ = await asyncio.gather(
        intern.createThread("case", "direct-care-advice", "Leg", [specialist.person]), _again(intern)
    )
    await _again(intern)
    standing: list[Any] = [one["trouble"] for one in await intern.threads() if one["thread"] == made]
    assert standing == [None]


async def _again(session: Session) -> None:
    await session.disconnect()
    await session.connect()
