"""A device says where its browser is told, and of which threads (SPEC S14.1, S14.2)."""

from __future__ import annotations

import aiohttp
import pytest
from sqlalchemy import select

from inscope_protocol.encoding import decode_base64url
from inscope_server.notifications.store import subscriptions
from servers.push_service import PushService
from world.device import Answer, Device
from world.running import Running, TestClock
from world.story import Story

PATH = "/api/notifications"
CASES = ["case", "discussion"]


async def put(device: Device, endpoint: str, kinds: list[str] = CASES) -> Answer:
    return await device.call("PUT", PATH, {"endpoint": endpoint, "kinds": kinds})


async def rows(server: Running) -> list[tuple[str, str, str]]:
    async with server.server.database.read() as tx:
        found = await tx.all(select(subscriptions).order_by(subscriptions.c.device))
    return [(row.device, row.endpoint, row.kinds) for row in found]


async def test_a_device_subscribes_changes_its_mind_and_unsubscribes(
    server: Running, intern: Device, push_service: PushService
) -> None:
    told = (await intern.call("GET", PATH)).data
    assert decode_base64url(told["key"], 65)[0] == 4 and told["kinds"] is None
    endpoint = push_service.endpoint("ines")
    assert (await put(intern, endpoint)).status == 200
    assert (await intern.call("GET", PATH)).data["kinds"] == CASES
    assert (await put(intern, endpoint, ["social"])).status == 200
    assert await rows(server) == [(intern.device, endpoint, "social")]
    assert (await intern.call("DELETE", PATH)).status == 200
    assert (await intern.call("GET", PATH)).data["kinds"] is None
    assert await rows(server) == []


async def test_a_browser_has_one_subscription_whoever_it_is_now(
    server: Running, intern: Device, colleague: Device, push_service: PushService
) -> None:
    endpoint = push_service.endpoint("the ward's")
    for device in (intern, colleague):
        assert (await put(device, endpoint.replace(" ", "-"))).status == 200
    assert [row[0] for row in await rows(server)] == [colleague.device]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"endpoint": "https://169.254.169.254/latest", "kinds": CASES}, "push_service_unknown"),
        ({"endpoint": "https://push.example.evil.example/x", "kinds": CASES}, "push_service_unknown"),
        ({"endpoint": "https://a.push.example/x", "kinds": []}, "malformed"),
        ({"endpoint": "https://a.push.example/x", "kinds": ["ward"]}, "malformed"),
        ({"endpoint": "", "kinds": CASES}, "malformed"),
        ({"endpoint": "https://a.push.example/" + "x" * 1000, "kinds": CASES}, "malformed"),
        ({"endpoint": "https://a.push.example/x", "kinds": CASES, "keys": {}}, "malformed"),
    ],
)
async def test_what_is_no_subscription_is_refused(server: Running, intern: Device, body: object, code: str) -> None:
    assert (await intern.call("PUT", PATH, body)).code == code
    assert await rows(server) == []


async def test_nobody_subscribes_without_a_session(server: Running, story: Story) -> None:
    async with aiohttp.ClientSession(server.origin) as nobody:
        for method in ("GET", "PUT", "DELETE"):
            async with nobody.request(method, PATH, json={}, headers={"Origin": server.origin}) as answer:
                assert answer.status == 401


async def test_subscribing_is_bounded(intern: Device, clock: TestClock) -> None:
    clock.stop()
    answers = [await put(intern, f"https://a.push.example/{number}") for number in range(11)]
    assert [answer.code for answer in answers if answer.status != 200] == ["rate_limited"]
