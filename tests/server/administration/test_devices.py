"""A person's devices as their administrator sees them, and ending one that was lost (SPEC S4.7)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import select

from inscope_server.audit.store import entries
from inscope_server.clock import day_of
from server.administration.conftest import DAY, Office
from server.web.line import Line
from world.device import Device, new_id


async def revocations(device: Device) -> list[dict[str, Any]]:
    async with device.running.server.database.read() as tx:
        rows = await tx.all(select(entries.c.body).where(entries.c.event == "revoke").order_by(entries.c.seq))
    return [json.loads(row.body) for row in rows]


async def listed(office: Office, person: str) -> list[dict[str, Any]]:
    answer = await office.get(f"/people/{person}")
    assert answer.status == 200, answer
    assert answer.data["person"]["person"] == person
    return list(answer.data["devices"])


async def test_a_device_is_told_with_the_day_of_its_last_sign_in_and_no_more(story, office, intern):
    clock = story.running.clock
    first = day_of(clock.now(), "UTC")
    (told,) = await listed(office, intern.me)
    assert told == {
        "device": intern.device, "label": "a test's device", "created_at": told["created_at"], "confirmed": True,
        "invited": True, "signed_in_on": first, "revoked_at": None,
    }  # fmt: skip
    clock.advance(3 * DAY)
    await office.device.sign_in()
    assert (await listed(office, intern.me))[0]["signed_in_on"] == first
    await intern.sign_in()
    assert (await listed(office, intern.me))[0]["signed_in_on"] == day_of(clock.now(), "UTC") != first


async def test_one_that_its_owner_put_beside_another_is_listed_as_that_and_can_be_ended(story, office, intern):
    beside = await intern.beside()
    story.devices.append(beside)
    told = {one["device"]: (one["confirmed"], one["invited"]) for one in await listed(office, intern.me)}
    assert told == {intern.device: (True, True), beside.device: (True, False)}
    ended = await office.device.call("POST", f"/api/administration/devices/{beside.device}/revoke", {})
    assert ended.status == 200
    assert (await beside.call("GET", "/api/session")).code == "not_signed_in"
    assert (await intern.call("GET", "/api/session")).status == 200, "the other goes on"


async def test_a_device_that_nobody_confirmed_is_said_to_wait(story, office):
    newcomer = Device(story.running, await story.riverbend.invite("Zoe Waiting"), story.riverbend)
    story.devices.append(newcomer)
    await newcomer.enrol(attest=False)
    assert [one["confirmed"] for one in await listed(office, newcomer.me)] == [False]


async def test_a_lost_device_is_ended_for_good_and_the_log_says_by_whom(story, office, administrator, intern):
    line = await Line.open(intern)
    assert (await office.revoke(intern.device)).status == 200
    assert await line.event("goodbye") == {"code": "not_signed_in"}
    await line.close()
    assert (await intern.call("GET", "/api/threads")).code == "not_signed_in"
    assert (await intern.sign_in()).code == "device_revoked"
    (told,) = await listed(office, intern.me)
    assert told["revoked_at"] is not None
    assert await office.names(only="without_device") == ["Ines Moreau"]
    assert (await office.revoke(intern.device)).status == 200, "again is fine"
    (entry,) = await revocations(administrator)
    assert (entry["person"], entry["device"], entry["outcome"]) == (administrator.me, intern.device, "recorded")
    assert entry["reasons"] == [{"code": "by_administrator", "who": intern.me, "remedy": "none"}]
    assert await story.running.server.audit.verify() is None


async def test_a_new_invitation_lets_the_person_in_again(story, office, intern):
    assert (await office.revoke(intern.device)).status == 200
    again = Device(story.running, await story.riverbend.invite("Ines Moreau", ("intern",)), story.riverbend)
    story.devices.append(again)
    await again.enrol()
    assert (await again.call("GET", "/api/threads")).status == 200


async def test_two_administrators_may_end_each_other_but_nobody_else(story, office, administrator, intern, colleague):
    other = Office(await story.device(story.riverbend, "Second", ("administrator",)))
    for device in (intern.device, new_id("dev"), "nothing"):
        assert (await Office(colleague).revoke(device)).code == "not_found"
    said = await asyncio.gather(office.revoke(other.device.device), other.revoke(administrator.device))
    assert {one.code for one in said} <= {"", "not_found", "not_signed_in"}
    assert len(await revocations(intern)) >= 1
    assert (await intern.call("GET", "/api/threads")).status == 200


async def test_a_stolen_session_ends_a_few_devices_and_then_waits(story, office):
    story.running.clock.stop()
    devices = [await story.device(story.riverbend, f"Person {place}") for place in range(11)]
    codes = [one.code for one in await asyncio.gather(*(office.revoke(one.device) for one in devices))]
    assert sorted(codes) == [""] * 10 + ["rate_limited"], "also all at once"
    spared = devices[codes.index("rate_limited")]
    assert (await spared.call("GET", "/api/threads")).status == 200


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-03-01"), ("Australia/Sydney", "2026-03-02")])
def test_a_day_is_that_of_the_place(zone, day):
    assert day_of(1_772_406_000_000, zone) == day  # 23:00 UTC
