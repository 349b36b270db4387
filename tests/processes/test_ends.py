"""What ends a session in one process, or in the database alone, ends its sockets in all."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sqlalchemy import delete, update

from inscope_server.accounts.tables import sessions
from processes.people import Hopping, Ward
from server.web.line import Line

SECONDS = 5
"""Within which a session that was ended is over everywhere."""
EXPIRY_SECONDS = 30
SOON = 1500
AT_ONCE = 2.5
"""Seconds: less than lies between two sweeps, which would find it anyway."""


async def lines_of(device: Hopping) -> list[Line]:
    return [await device.line(place) for place in range(len(device.ways))]


async def over(device: Hopping, lines: list[Line], code: str, seconds: float) -> None:
    """Each line hears why and is closed, and no process answers the device any more."""
    async with asyncio.timeout(seconds):
        for line in lines:
            assert (await line.event("goodbye", seconds))["code"] == code
            await line.ended.wait()
    for place in range(len(device.ways)):
        answer = await device.at(place, "POST", "/api/threads", {})
        assert answer.code == code, answer


async def test_revoking_a_device_ends_its_sockets_everywhere(ward: Ward) -> None:
    ines, theo = await ward.devices(2)
    lines, others = await lines_of(ines), await lines_of(theo)
    assert (await ines.call("POST", f"/api/devices/{ines.device}/revoke", {})).status == 200
    await over(ines, lines, "not_signed_in", AT_ONCE)
    await _are_there(others)


async def test_what_no_process_told_ends_sockets_too(big_ward: Ward) -> None:
    """As while Redis is away: one's sessions are deleted, another's expire, a third is no longer attested."""
    ines, theo, lena, omar = await big_ward.devices(4)
    lines = {device.device: await lines_of(device) for device in (ines, theo, lena, omar)}
    expires_at = time.time_ns() // 1_000_000 + SOON
    async with big_ward.site.server.database.write() as tx:
        await tx.execute(delete(sessions).where(sessions.c.device == ines.device))
        await tx.execute(update(sessions).where(sessions.c.device == theo.device).values(expires_at=expires_at))
    await big_ward.home.attest(lena.person, lasts=-30_000)
    await asyncio.gather(
        over(ines, lines[ines.device], "not_signed_in", SECONDS),
        over(theo, lines[theo.device], "not_signed_in", EXPIRY_SECONDS),
        over(lena, lines[lena.device], "not_attested", SECONDS),
    )
    await _are_there(lines[omar.device])


async def test_signing_in_at_one_process_is_being_signed_in_at_all(ward: Ward) -> None:
    ines = await ward.device("Ines Moreau")
    assert (await ines.call("DELETE", "/api/session")).status == 200
    assert (await ines.call("GET", "/api/session")).code == "not_signed_in"
    assert (await ines.sign_in()).status == 200
    answers: list[Any] = [await ines.at(place, "GET", "/api/session") for place in range(len(ines.ways))]
    assert [answer.status for answer in answers] == [200] * len(answers)


async def _are_there(lines: list[Line]) -> None:
    for line in lines:
        assert not line.ended.is_set()
        assert "ok" not in await line.send({}), "it is read, and malformed"
        await line.close()
