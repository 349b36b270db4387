"""Who is told by push that something is new, when, and with which words: none (SPEC S14.2 to S14.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from inscope_server.notifications import pushing
from inscope_server.notifications.rules import QUIET, SOONEST_AGAIN
from inscope_server.notifications.store import subscriptions
from server.images.room import Room
from server.notifications.test_subscribing import CASES, put
from servers.push_service import PushService
from world.device import Device
from world.running import Running, TestClock
from world.story import Story

MOMENT = 0.6
"""Seconds in which a push that should not come would have come."""
TEN_YEARS = 10 * 366 * 86_400_000
"""Milliseconds after which nobody is attested any more."""


@pytest.fixture
async def wants(specialist: Device, push_service: PushService) -> Device:
    """The specialist, who wants to be told of cases and discussions."""
    assert (await put(specialist, push_service.endpoint("amara"), CASES)).status == 200
    return specialist


async def row_once(server: Running, device: Device, holds: Callable[[Any], bool]) -> Any:
    """What is noted of this device, once that holds; None where it has no subscription."""
    async with asyncio.timeout(5):
        while True:
            async with server.server.database.read() as tx:
                row = await tx.first(select(subscriptions).where(subscriptions.c.device == device.device))
            if holds(row):
                return row
            await asyncio.sleep(0.02)


def is_gone(row: Any) -> bool:
    return row is None


def is_told(row: Any) -> bool:
    return row.due_at is None and row.pushed_at is not None


def has_failed(row: Any) -> bool:
    return bool(row.failures)


def waits(row: Any) -> bool:
    """For the minute to be over."""
    return row.pushed_at is not None and row.due_at == row.pushed_at + QUIET


async def quiet(push_service: PushService, name: str, count: int) -> None:
    await asyncio.sleep(MOMENT)
    assert len(push_service.pushed[name]) == count


async def test_a_message_is_told_by_a_push_that_says_nothing(
    server: Running, intern: Device, wants: Device, push_service: PushService
) -> None:
    room = await Room.of(intern, wants)
    (first,) = await push_service.count("amara", 1)
    assert first.body == b"", "being added to a thread is news"
    assert {name: first.headers[name] for name in ("TTL", "Urgency", "Topic")} == {
        "TTL": "43200", "Urgency": "high", "Topic": "new",
    }  # fmt: skip
    assert not {"Cookie", "Referer", "Content-Type"} & set(first.headers)
    assert (await room.say(intern)()).status == 200
    await row_once(server, wants, waits)


async def test_many_messages_are_two_pushes_a_minute_apart(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock
) -> None:
    room = await Room.of(intern, wants)
    await push_service.count("amara", 1)
    for _ in range(20):
        assert (await room.say(intern)()).status == 200
    await row_once(server, wants, waits)
    await server.server.pushing.sweep()
    await quiet(push_service, "amara", 1)
    clock.advance(QUIET)
    await server.server.pushing.sweep()
    first, second = await push_service.count("amara", 2)
    assert second.at - first.at >= QUIET
    await row_once(server, wants, is_told)
    clock.advance(QUIET)
    await server.server.pushing.sweep()
    await quiet(push_service, "amara", 2)


async def test_nobody_is_told_of_their_own_words_or_of_what_is_no_news(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock
) -> None:
    room = await Room.of(wants, intern)
    assert (await room.say(wants)()).status == 200
    await quiet(push_service, "amara", 0)
    assert (await room.commit(intern)()).status == 200
    room.moved()
    await quiet(push_service, "amara", 0)
    assert (await room.say(intern)()).status == 200
    await push_service.count("amara", 1)


async def test_of_a_thread_of_another_kind_nobody_is_told(
    intern: Device, wants: Device, push_service: PushService
) -> None:
    room = await Room.of(intern, wants, kind="social", purpose="none")
    assert (await room.say(intern)()).status == 200
    await quiet(push_service, "amara", 0)
    assert (await put(wants, push_service.endpoint("amara"), ["social"])).status == 200
    assert (await room.say(intern)()).status == 200
    await push_service.count("amara", 1)


async def test_a_device_that_may_no_longer_act_is_told_nothing(
    story: Story, intern: Device, wants: Device, push_service: PushService
) -> None:
    room = await Room.of(intern, wants, kind="social", purpose="none")
    assert (await put(wants, push_service.endpoint("amara"), ["social"])).status == 200
    assert (await wants.call("POST", f"/api/devices/{wants.device}/revoke", {})).status == 200
    assert (await room.say(intern)()).status == 200
    await quiet(push_service, "amara", 0)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_over_goes(
    server: Running, intern: Device, wants: Device, push_service: PushService, status: int
) -> None:
    push_service.answers["amara"] = (status, {})
    await Room.of(intern, wants)
    await push_service.count("amara", 1)
    await row_once(server, wants, is_gone)


@pytest.mark.parametrize(
    ("answer", "pause"), [((500, {}), SOONEST_AGAIN), ((429, {"Retry-After": "300"}), 300_000),
                          ((302, {"Location": "http://127.0.0.1:1/"}), SOONEST_AGAIN)],
)  # fmt: skip
async def test_what_failed_is_tried_again(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock,
    answer: tuple[int, dict[str, str]], pause: int,
) -> None:  # fmt: skip
    push_service.answers["amara"] = answer
    clock.stop()
    await Room.of(intern, wants)
    await push_service.count("amara", 1)
    row = await row_once(server, wants, has_failed)
    assert (row.failures, row.due_at) == (1, clock.now() + pause)
    clock.advance(pause - 1)
    await server.server.pushing.sweep()
    await quiet(push_service, "amara", 1)
    del push_service.answers["amara"]
    clock.advance(1)
    await server.server.pushing.sweep()
    await push_service.count("amara", 2)
    assert (await row_once(server, wants, is_told)).pushed_at == clock.now()


async def test_a_service_that_is_not_there_holds_nothing_up(
    server: Running, intern: Device, wants: Device, push_service: PushService
) -> None:
    await push_service.close()
    room = await Room.of(intern, wants)
    assert (await room.say(intern)()).status == 200
    assert (await row_once(server, wants, has_failed)).failures == 1


async def test_a_process_that_ended_while_it_pushed_leaves_it_to_another(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock
) -> None:
    await Room.of(intern, wants)
    await push_service.count("amara", 1)
    await row_once(server, wants, is_told)
    async with server.server.database.write() as tx:
        await pushing.store.note(tx, {wants.device: (None, clock.now())})
        assert len(await pushing.store.claim(tx, clock.now(), clock.now() + pushing.CLAIMED, 50)) == 1
    await server.server.pushing.sweep()
    await quiet(push_service, "amara", 1)
    clock.advance(pushing.CLAIMED)
    await server.server.pushing.sweep()
    await push_service.count("amara", 2)


async def test_two_processes_push_once(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock
) -> None:
    await Room.of(intern, wants)
    await push_service.count("amara", 1)
    await row_once(server, wants, is_told)
    clock.advance(QUIET)
    async with server.server.database.write() as tx:
        await pushing.store.note(tx, {wants.device: (None, clock.now())})
    await asyncio.gather(*(server.server.pushing.sweep() for _ in range(8)))
    await quiet(push_service, "amara", 2)


async def test_what_comes_while_a_push_is_under_way_is_pushed_too(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock
) -> None:
    push_service.holds.clear()
    room = await Room.of(intern, wants)
    await push_service.count("amara", 1)
    assert (await room.say(intern)()).status == 200
    await row_once(server, wants, lambda row: row.due_at > clock.now())
    push_service.holds.set()
    await row_once(server, wants, lambda row: row.pushed_at is not None and row.due_at is not None)
    clock.advance(2 * QUIET)
    await server.server.pushing.sweep()
    await push_service.count("amara", 2)
    await row_once(server, wants, lambda row: row.due_at is None)


async def test_one_service_that_does_not_answer_holds_nobody_else_up(
    intern: Device, wants: Device, colleague: Device, push_service: PushService
) -> None:
    assert (await put(colleague, push_service.endpoint("theo"), CASES)).status == 200
    push_service.holds.clear()
    await Room.of(intern, wants)
    await push_service.count("amara", 1)
    await Room.of(intern, colleague)
    await push_service.count("theo", 1)
    push_service.holds.set()


async def test_who_writes_in_one_thread_is_told_of_another(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock
) -> None:
    """On the same device: both came within one moment, and only one of them is theirs."""
    quiet_one, theirs = await Room.of(intern, wants), await Room.of(wants, intern)
    await push_service.count("amara", 1)
    await row_once(server, wants, lambda row: row.due_at is None or waits(row))
    clock.advance(2 * QUIET)
    await server.server.pushing.sweep()
    await row_once(server, wants, lambda row: row.due_at is None)
    before = len(push_service.pushed["amara"])
    clock.advance(QUIET)
    await asyncio.gather(quiet_one.say(intern)(), theirs.say(wants)())
    await push_service.count("amara", before + 1)


async def test_what_was_noted_for_a_device_that_ended_is_not_pushed(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock
) -> None:
    room = await Room.of(intern, wants)
    await push_service.count("amara", 1)
    assert (await room.say(intern)()).status == 200
    await row_once(server, wants, waits)
    assert (await wants.call("POST", f"/api/devices/{wants.device}/revoke", {})).status == 200
    clock.advance(QUIET)
    await server.server.pushing.sweep()
    await row_once(server, wants, is_gone)
    await quiet(push_service, "amara", 1)


async def test_a_device_whose_attestation_ran_out_is_not_pushed_and_keeps_its_subscription(
    server: Running, intern: Device, wants: Device, push_service: PushService, clock: TestClock
) -> None:
    room = await Room.of(intern, wants)
    await push_service.count("amara", 1)
    assert (await room.say(intern)()).status == 200
    await row_once(server, wants, waits)
    clock.advance(TEN_YEARS)
    await server.server.pushing.sweep()
    row = await row_once(server, wants, is_told)
    assert row.claimed_until is None
    await quiet(push_service, "amara", 1)


async def test_a_service_that_the_operator_no_longer_names_is_not_called(
    server: Running, intern: Device, wants: Device, push_service: PushService
) -> None:
    server.server.pushing.services = []
    await Room.of(intern, wants)
    await row_once(server, wants, is_gone)
    await quiet(push_service, "amara", 0)
