"""The description, attacked by machine: what is made of it is answered as it says, and never by a failure."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import requests

from server.describing.attack import Attack, conforms
from server.describing.test_described import kept
from world.device import Device

PUBLIC = {"/api/sheets", "/api/sheets/{sheet}/{version}/{language}", "/pages/{style}.css"}


@pytest.fixture
async def attack(server, story, intern, specialist) -> Attack:
    """Against a server where two clinicians have a thread, a consent, an image and an emergency."""
    thread, scope = await story.case(intern, specialist), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    granted = await intern.ask(thread, scope)
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200, sent
    known = {
        "thread": [thread], "consent": [scope.consent], "disclosure": [disclosure, granted.data["disclosure"]],
        "blob": [granted.data["blob"]], "device": [specialist.device],
    }  # fmt: skip
    return Attack(kept("openapi"), server.origin, known, lambda: server.clock.advance(2000))


def browser(device: Device | None = None) -> requests.Session:
    """One that is signed in as the device, or nobody's."""
    http = requests.Session()
    http.trust_env = False
    if device is not None:
        for cookie in device.http.cookie_jar:
            http.cookies.set(cookie.key, cookie.value)
        http.headers["X-InScope-CSRF"] = device.csrf
    return http


async def test_who_is_signed_in_gets_what_is_described_and_no_failure(attack: Attack, intern: Device) -> None:
    attack.operations = [one for one in attack.operations if (one.method, one.path) != ("delete", "/api/session")]
    await asyncio.to_thread(attack.run, browser(intern), conforms)
    assert attack.found == {}
    assert attack.sent > 100 and {200, 400, 404} <= set(attack.answered), attack.answered


async def test_who_is_not_gets_nothing_but_what_is_for_everybody(attack: Attack) -> None:
    def judge(case: Any, response: Any) -> None:
        conforms(case, response)
        if case.operation.definition.raw.get("security"):
            code = json.loads(response.content)["error"]["code"] if case.method != "HEAD" else "not_signed_in"
            assert (response.status_code, code) == (401, "not_signed_in")
        elif case.operation.method == "get" and response.status_code == 200:
            assert case.operation.path in PUBLIC

    await asyncio.to_thread(attack.run, browser(), judge)
    assert attack.found == {}
    assert 401 in attack.answered
