"""An old copy of a device's database comes back to life, as a restored backup or a copied browser profile does."""

from __future__ import annotations

import asyncio
from typing import Any

from world.session import PASSPHRASE, Session


async def test_what_an_old_copy_sends_by_used_keys_is_read_by_nobody_and_it_stops(hospital, intern, specialist):
    thread = await intern.createThread("case", "direct-care-advice", "Copied", [specialist.person])
    await hospital.driver.call(intern.name, "clone", {"as": "the copy"})
    await intern.sendText(thread, "after the copy")
    await specialist.wait(thread=thread, text="after the copy")
    await intern.disconnect()
    copy = Session(hospital.driver, "the copy", intern.person)
    await copy.unlock(PASSPHRASE)
    await copy.connect()
    await copy.sendText(thread, "from the copy")
    async with asyncio.timeout(60):
        while len(bodies := await _bodies(specialist, thread)) < 4:
            await asyncio.sleep(0.05)
        while [one["trouble"] for one in await copy.threads()] != ["state_lost"]:
            await asyncio.sleep(0.05)
    assert bodies[2:] == [{"kind": "text", "text": "after the copy"}, {"kind": "unverifiable", "code": "cannot_open"}]


async def _bodies(session: Session, thread: str) -> list[Any]:
    return [message["body"] for message in await session.messages(thread)]
