"""An open image stays open only while its consent is known to stand (SPEC S5.12); text goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from scenarios.test_story import case_with_image
from world.session import Failed, Session

MINUTE = 60_000


class Open:
    """An image on somebody's screen; `ended` is the failure that closed it, once it has."""

    def __init__(self, session: Session, thread: str, disclosure: str) -> None:
        self.task = asyncio.create_task(session.watch(thread, disclosure))

    @property
    def is_open(self) -> bool:
        return not self.task.done()

    async def ended(self) -> Any:
        return await asyncio.wait_for(self.task, 15)


async def statuses(hospital: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each status that the authority signs."""
    authority, signed = hospital.running.server.authority, list[int]()
    status = authority.status

    async def counted(*asked: Any) -> Any:
        signed.append(hospital.running.clock.now())
        return await status(*asked)

    monkeypatch.setattr(authority, "status", counted)
    return signed


async def grown(signed: list[int], to: int) -> None:
    async with asyncio.timeout(10):
        while len(signed) < to:
            await asyncio.sleep(0.02)


async def opened(hospital: Any, intern: Session, specialist: Session, signed: list[int]) -> tuple[str, str, Open]:
    thread, consent, disclosure = await case_with_image(hospital, intern, specialist)
    before = len(signed)
    image = Open(specialist, thread, disclosure)
    await grown(signed, before + 1)
    await asyncio.sleep(0.5)
    return thread, consent, image


async def test_it_stays_as_long_as_the_authority_says_that_the_consent_stands(
    hospital, intern, specialist, monkeypatch
):
    signed = await statuses(hospital, monkeypatch)
    _, _, image = await opened(hospital, intern, specialist, signed)
    for _ in range(3):
        count = len(signed)
        await specialist.advance(4 * MINUTE + 1000)
        await grown(signed, count + 1)
        await asyncio.sleep(0.5)
        assert image.is_open
    await specialist.advance(5 * MINUTE)
    assert (await image.ended())["code"] == "consent_not_current"


async def test_without_an_answer_it_ends_and_text_goes_on(hospital, intern, specialist, monkeypatch):
    signed = await statuses(hospital, monkeypatch)
    thread, _, image = await opened(hospital, intern, specialist, signed)

    async def refuse(*_: Any) -> Any:
        raise OSError("the authority does not answer")

    monkeypatch.setattr(hospital.running.server.authority, "status", refuse)
    await specialist.advance(4 * MINUTE + 30_000)
    await asyncio.sleep(2)
    assert image.is_open
    await specialist.advance(30_000)
    assert (await image.ended())["code"] == "consent_not_current"
    with pytest.raises(Failed):
        await specialist.open(thread, (await specialist.messages(thread))[-1]["body"]["images"][0]["disclosure"])
    await specialist.sendText(thread, "The picture has closed here. Undisplaced, as far as I saw.")
    await intern.wait(thread=thread, text="The picture has closed here. Undisplaced, as far as I saw.")


async def test_a_withdrawal_that_was_not_heard_of_ends_it_at_the_next_asking(hospital, intern, specialist, monkeypatch):
    signed = await statuses(hospital, monkeypatch)
    _, consent, image = await opened(hospital, intern, specialist, signed)
    await specialist.disconnect()
    await intern.withdrawConsent(consent)
    await asyncio.sleep(1)
    assert image.is_open  # Nobody has told this device.
    await specialist.advance(4 * MINUTE + 1000)
    ended = await image.ended()
    assert ended["code"] == "denied"
    assert [reason["code"] for reason in ended["reasons"]] == ["consent_withdrawn"]
