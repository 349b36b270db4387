"""A limit is one limit, however many processes somebody's requests are spread over."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import aiohttp
from sqlalchemy import select

from inscope_protocol.encoding import encode_base64url
from inscope_server.patients.store import links
from processes.people import Ward
from world.device import Answer
from world.patient import CODE, Patient

ALARM = {"thread": None, "message": None, "code": "log_shortened"}
SLACK = 4
"""Requests that were answered before the other processes had heard of the one before."""
Ask = Callable[[], Awaitable[Answer]]


async def admitted(ask: Ask, burst: int, per_minute: int) -> None:
    """Twice as many as are allowed at once, one after the other: no more than that, and what time gives back."""
    began, codes = time.monotonic(), [(await ask()).code for _ in range(2 * burst)]
    passed = burst + (time.monotonic() - began) * per_minute / 60
    assert burst <= len(codes) - codes.count("rate_limited") <= passed + SLACK, codes


async def test_of_a_person(big_ward: Ward) -> None:
    ines, theo = await big_ward.devices(2)
    await admitted(lambda: ines.call("POST", "/api/reports", ALARM), burst=20, per_minute=10)
    assert (await theo.call("POST", "/api/reports", ALARM)).status == 200


async def test_of_a_device(big_ward: Ward) -> None:
    ines, theo = await big_ward.devices(2)
    path = f"/api/threads/{await ines.create_thread()}/commits"
    await admitted(lambda: ines.call("POST", path, {}), burst=60, per_minute=60)
    assert (await theo.call("POST", path, {})).code == "not_found"


async def test_of_an_address(big_ward: Ward) -> None:
    """Who guesses at invitations; a right one passes all the same."""
    ines = await big_ward.device("Ines Moreau")

    async def guess() -> Answer:
        token = encode_base64url(secrets.token_bytes(32))
        return await ines.call("POST", "/api/invitations/look", {"token": token})

    await admitted(guess, burst=20, per_minute=10)
    await big_ward.device("Theo Brandt")


async def test_of_a_spoken_code(big_ward: Ward) -> None:
    """Five tries, counted in the database: exactly, though eight come to four processes at once."""
    ines = await big_ward.device("Ines Moreau")
    scope = ines.scope([ines.me])
    assert (await ines.record(scope)).status == 200
    link = await ines.call("POST", f"/api/consents/{scope.consent}/look-back", {"code": CODE})
    patients = same_browser(big_ward)
    await patients[0].get(f"/patient/look/{link.data['token']}")
    wrong = [one.send("/patient/look/code", ("code", "000000")) for one in patients * 2]
    assert {page.status for page in await asyncio.gather(*wrong)} == {400}
    async with big_ward.site.server.database.read() as tx:
        row = await tx.first(select(links.c.failures).where(links.c.consent == scope.consent))
    assert row.failures == 5
    for one in patients:
        assert "Try again at" in (await one.send("/patient/look/code", ("code", CODE))).text
        await one.close()


def same_browser(ward: Ward) -> list[Patient]:
    """Sent to each process."""
    jar, site = aiohttp.CookieJar(unsafe=True), cast(Any, ward.site)
    return [Patient(site, aiohttp.ClientSession(one.origin, cookie_jar=jar)) for one in ward.processes]
