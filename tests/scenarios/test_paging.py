"""A device that was away for long catches up page by page, however short the server's pages are."""

from __future__ import annotations

from inscope_server.threads import rules
from world.session import PASSPHRASE


async def test_a_device_that_was_away_catches_up_over_many_short_pages(hospital, intern, specialist, monkeypatch):
    monkeypatch.setattr(rules, "PAGE_BYTES", 2500)
    known = await intern.createThread("case", "direct-care-advice", "Before", [specialist.person])
    await specialist.wait(thread=known, title="Before")
    await specialist.lock()
    for number in range(12):
        await intern.sendText(known, f"while you were away {number}")
    added = [
        await intern.createThread("case", "direct-care-advice", f"New {number}", [specialist.person])
        for number in range(3)
    ]
    await specialist.unlock(PASSPHRASE)
    await specialist.connect()
    await specialist.wait(thread=known, text="while you were away 11")
    for number, thread in enumerate(added):
        await specialist.wait(thread=thread, title=f"New {number}")
