"""The log as the session core checks it: openings are proven, and a server that cheats with it is noticed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from inscope_server.audit.log_key import LogKey
from inscope_server.audit.store import all_entries
from inscope_server.errors import Refusal
from scenarios.dishonest_log import Fork, rewrite
from scenarios.test_story import case_with_image
from world.session import PASSPHRASE, Session


async def reports(hospital: Any) -> list[tuple[str, str]]:
    """(person, code) of what was reported."""
    async with hospital.running.server.database.read() as tx:
        said = [json.loads(row.body) for row in await all_entries(tx) if row.event == "report"]
    return [(one["person"], one["reasons"][0]["code"]) for one in said]


async def outcomes(session: Session, disclosure: str) -> list[tuple[str, bool]]:
    return [(one["person"]["name"], one["proven"]) for one in await session.openings(disclosure)]


async def reconnect(session: Session) -> None:
    await session.disconnect()
    await session.connect()
    await session.wait(line="online")


async def test_openings_are_proven_and_heads_of_other_sizes_are_no_alarm(hospital, intern, specialist):
    thread, _, disclosure = await case_with_image(hospital, intern, specialist)
    await specialist.open(thread, disclosure)
    assert await outcomes(intern, disclosure) == [("Samuel Okafor", True)]
    for turn in range(3):
        await intern.open(thread, disclosure)
        await intern.sendText(thread, f"mine {turn}")
        await specialist.wait(thread=thread, text=f"mine {turn}")
        await specialist.open(thread, disclosure)
        await specialist.sendText(thread, f"theirs {turn}")
        await intern.wait(thread=thread, text=f"theirs {turn}")
    assert await outcomes(specialist, disclosure) == [
        ("Samuel Okafor", True), *[("Ines Moreau", True), ("Samuel Okafor", True)] * 3,
    ]  # fmt: skip
    for session in (intern, specialist):
        await reconnect(session)
        assert await session.logAlarm() is None
    assert await reports(hospital) == []


async def test_a_log_that_one_member_alone_is_shown_is_noticed_in_the_thread(hospital, intern, specialist, monkeypatch):
    """The intern is shown a log without who has opened the image; the specialist's next message gives it away."""
    thread, _, disclosure = await case_with_image(hospital, intern, specialist)
    Fork(hospital.running.server, intern.person, monkeypatch)
    await specialist.open(thread, disclosure)
    assert await outcomes(intern, disclosure) == [("Samuel Okafor", False)]
    assert await intern.logAlarm() is None
    await specialist.openings(disclosure)
    await specialist.sendText(thread, "Undisplaced.")
    await intern.wait(thread=thread, text="Undisplaced.", alarm="log_split")
    alarm = await intern.logAlarm()
    assert alarm["person"]["name"] == "Samuel Okafor"
    await intern.sendText(thread, "Thank you.")
    await specialist.wait(thread=thread, text="Thank you.", alarm="log_split")
    assert (await specialist.logAlarm())["person"]["name"] == "Ines Moreau"
    expected = {(intern.person, "log_split"), (specialist.person, "log_split")}
    async with asyncio.timeout(10):
        while set(await reports(hospital)) != expected:
            await asyncio.sleep(0.02)
    await intern.lock()
    await intern.unlock(PASSPHRASE)
    assert (await intern.logAlarm())["code"] == "log_split"


async def test_a_log_that_was_cut_short_is_noticed(hospital, intern, specialist):
    thread, _, disclosure = await case_with_image(hospital, intern, specialist)
    await specialist.open(thread, disclosure)
    assert await outcomes(intern, disclosure) == [("Samuel Okafor", True)]
    server = hospital.running.server
    async with server.database.read() as tx:
        size = len(await all_entries(tx))
    await rewrite(server, size=size - 1)
    await reconnect(intern)
    await intern.wait(alarm="log_shortened")
    assert await outcomes(intern, disclosure) == []
    async with asyncio.timeout(10):
        while (intern.person, "log_shortened") not in await reports(hospital):
            await asyncio.sleep(0.02)


async def test_a_log_cut_short_and_grown_again_is_noticed(hospital, intern, specialist):
    thread, _, disclosure = await case_with_image(hospital, intern, specialist)
    await specialist.open(thread, disclosure)
    assert await outcomes(intern, disclosure) == [("Samuel Okafor", True)]
    server = hospital.running.server
    async with server.database.read() as tx:
        size = len(await all_entries(tx))
    await rewrite(server, size=size - 1)
    await intern.open(thread, disclosure)
    await intern.wait(alarm="log_rewritten")


async def test_an_entry_rewritten_with_all_hashes_is_noticed_by_who_sees_it_and_by_who_only_hears(
    hospital, intern, specialist
):
    """The intern has seen the log as it was. The newcomer has not, and hears of it from the intern's message."""
    _, _, disclosure = await case_with_image(hospital, intern, specialist)
    await intern.openings(disclosure)
    await rewrite(hospital.running.server, edit=1)
    late = await hospital.enrol(hospital.riverbend, "Theo Brandt")
    social = await intern.createThread("social", "none", "Interns", [late.person])
    await late.wait(thread=social)
    await intern.sendText(social, "Lunch?")
    await late.wait(thread=social, text="Lunch?", alarm="log_split")
    await reconnect(intern)
    await intern.wait(alarm="log_rewritten")


async def test_another_key_is_noticed(hospital, intern, tmp_path):
    server = hospital.running.server
    server.audit.key = LogKey.open(tmp_path / "another_key")
    await reconnect(intern)
    await intern.wait(alarm="log_key_changed")


async def test_a_server_that_cannot_answer_raises_no_alarm_and_is_asked_again(
    hospital, intern, specialist, monkeypatch
):
    thread, _, disclosure = await case_with_image(hospital, intern, specialist)
    asked = 0

    async def busy(*_: Any) -> Any:
        nonlocal asked
        asked += 1
        raise Refusal("server_busy")

    await intern.openings(disclosure)
    with monkeypatch.context() as patch:
        for name in ("consistency", "head", "inclusion"):
            patch.setattr(hospital.running.server.audit, name, busy)
        await specialist.open(thread, disclosure)
        assert await outcomes(intern, disclosure) == [("Samuel Okafor", False)]
        await specialist.sendText(thread, "Undisplaced.")
        await intern.wait(thread=thread, text="Undisplaced.")
        await reconnect(intern)
    assert asked > 0
    assert await intern.logAlarm() is None
    await reconnect(intern)
    assert await outcomes(intern, disclosure) == [("Samuel Okafor", True)]
    assert await intern.logAlarm() is None
