"""An image goes from a village to a hospital: 256 kbit/s, 3 % loss, 600 ms round trip, and the line breaks off."""

from __future__ import annotations

import os
import time

import pytest

from servers.poor_line import PoorLine
from world.session import Session

SECONDS = 90
"""Within which a picture of 500 kB is there: 16 s for the bytes alone, the rest for losses, cuts and a busy machine."""


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The line is what is tested here, and one database is enough for it."""


async def over(line: PoorLine, session: Session) -> None:
    await session.disconnect()
    await session.through(line.origin)
    await session.connect()
    await session.wait(line="online", timeout=30_000)


async def test_a_picture_arrives_through_several_cuts_and_hardly_a_byte_is_sent_twice(hospital, intern, specialist):
    thread = await intern.createThread("case", "direct-care-advice", "Fell from a horse", [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    await specialist.wait(thread=thread, title="Fell from a horse")
    picture = hospital.xray(bytes=hospital.xray()["bytes"][:3] + os.urandom(500_000))
    async with PoorLine(hospital.running.server.config.port) as going, PoorLine(going.port, seed=2) as coming:
        await over(going, intern)
        before = going.up.carried
        going.cut_after = [before + cut for cut in (60_000, 200_000, 350_000)]
        began = time.monotonic()
        await intern.attach(thread, consent, [picture], "")
        sent = going.up.carried - before
        assert (going.cuts, sent <= 1.2 * 500_000) == (3, True), sent
        await over(coming, specialist)
        await specialist.wait(thread=thread, images=1, timeout=30_000)
        ((image,),) = [one["body"]["images"] for one in await specialist.messages(thread) if "images" in one["body"]]
        opened = await specialist.open(thread, image["disclosure"])
        took = time.monotonic() - began
        assert opened["bytes"] == picture["bytes"]
        assert coming.down.carried <= 1.2 * 500_000
        assert took < 2 * SECONDS, took
        print(f"sent {sent}, received {coming.down.carried}, after {took:.0f} s")


@pytest.mark.parametrize("previews", [True, False], ids=["with a preview", "without"])
async def test_the_first_picture_that_is_seen(hospital, specialist, previews):
    """A photograph of 500 kB is with the server; a reader on the poor line opens what the client would open first."""
    sender = await hospital.enrol(hospital.riverbend, "Ines Moreau", ("intern",), previews=previews)
    thread = await sender.createThread("case", "direct-care-advice", "Fell from a horse", [specialist.person])
    consent = await sender.recordConsent(thread, hospital.draft([sender, specialist]))
    picture = hospital.xray(bytes=hospital.xray()["bytes"][:3] + os.urandom(500_000))
    await sender.attach(thread, consent, [picture], "")
    await specialist.wait(thread=thread, images=1, timeout=30_000)
    ((image,),) = [one["body"]["images"] for one in await specialist.messages(thread) if "images" in one["body"]]
    async with PoorLine(hospital.running.server.config.port) as line:
        await over(line, specialist)
        before, began = line.down.carried, time.monotonic()
        opened = await specialist.open(thread, image["preview"] or image["disclosure"])
        took, came = time.monotonic() - began, line.down.carried - before
    assert len(opened["bytes"]) == (40_000 if previews else len(picture["bytes"]))
    assert came <= (90_000 if previews else 620_000), came
    pace = await specialist.pace()
    assert 5_000 < pace < 40_000, pace
    print(f"first picture after {took:.1f} s and {came} bytes, at {pace / 1000:.0f} kB a second")
