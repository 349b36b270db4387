"""A server that is set back to a backup, as people's devices live through it (SPEC S6.6, S10.8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from inscope_server.app import Server
from inscope_server.clock import Clock
from inscope_server.keeping.backup import back_up
from inscope_server.keeping.log_copy import LogCopy
from inscope_server.keeping.restoring import restore
from scenarios.test_story import case_with_image
from world.device import new_id
from world.running import Running
from world.session import Failed


class Keeper:
    """Backs the hospital's server up, and sets it back: the same address, another database."""

    def __init__(self, hospital: Any, folder: Path, url: Any) -> None:
        self.hospital, self.folder, self.url = hospital, folder, url
        server = hospital.running.server
        self.copy = LogCopy(folder / "log_copy", server.database, server.audit, server.consents, server.accounts)
        server.audit.copied = self.copy.follow

    async def back_up(self) -> None:
        await self.copy.follow()
        await back_up(self.hospital.running.server, self.folder / "backup", with_images=True)

    async def set_back(self) -> None:
        running = self.hospital.running
        config = replace(running.server.config, database_url=self.url())
        await running.close()
        server = Server(config, Clock(now=running.clock.now))
        await restore(server, self.folder / "backup", self.copy.path)
        await server.database.close()
        self.hospital.running = await Running.start(
            config.database_url, running.folder, running.clock, port=config.port, blob_url=config.blob_url
        )


@pytest.fixture
def keeper(hospital: Any, tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Keeper:
    def url() -> str:
        if database_url.startswith("sqlite"):
            return f"sqlite+aiosqlite:///{tmp_path}/{new_id('log')}.sqlite3"
        return str(request.getfixturevalue("postgres").url())

    return Keeper(hospital, tmp_path, url)


async def texts(session: Any, thread: str) -> list[str]:
    bodies = [message["body"] for message in await session.messages(thread)]
    return [body.get("text", body["kind"]) for body in bodies if body["kind"] in ("text", "restored")]


async def test_talk_goes_on_and_nothing_said_after_is_missed(hospital, intern, specialist, keeper):
    thread, _, _ = await case_with_image(hospital, intern, specialist)
    await keeper.back_up()
    await intern.sendText(thread, "Said after the backup.")
    await specialist.wait(thread=thread, text="Said after the backup.")
    await keeper.set_back()
    for session in (intern, specialist):
        await session.wait(line="online")
    await specialist.sendText(thread, "After it was set back.")
    await intern.wait(thread=thread, text="After it was set back.")
    await intern.sendText(thread, "And on.")
    await specialist.wait(thread=thread, text="And on.")
    said = ["Said after the backup.", "restored", "After it was set back.", "And on."]
    for session in (intern, specialist):
        assert (await texts(session, thread))[-4:] == said
        assert await session.logAlarm() is None


async def test_what_was_withdrawn_since_opens_for_nobody(hospital, intern, specialist, keeper):
    thread, consent, disclosure = await case_with_image(hospital, intern, specialist)
    await specialist.open(thread, disclosure)
    await keeper.back_up()
    await intern.withdrawConsent(consent)
    await specialist.wait(thread=thread, disclosure=disclosure, state="destroyed")
    await keeper.set_back()
    await specialist.wait(line="online")
    with pytest.raises(Failed):
        await specialist.open(thread, disclosure)
    assert (await specialist.raw("POST", f"/api/disclosures/{disclosure}/open", {}))["status"] == 409
    assert await specialist.logAlarm() is None


async def test_a_thread_whose_people_changed_since_stops_and_says_so(hospital, intern, specialist, colleague, keeper):
    thread = await intern.createThread("discussion", "direct-care-advice", "A question", [specialist.person])
    await specialist.wait(thread=thread)
    await keeper.back_up()
    await intern.addPeople(thread, [colleague.person])
    await colleague.wait(thread=thread)
    await specialist.sendText(thread, "Welcome.")
    await colleague.wait(thread=thread, text="Welcome.")
    await keeper.set_back()
    for session in (intern, specialist):
        await session.wait(line="online")
        await session.wait(thread=thread, trouble="set_back")
        assert "Welcome." in await texts(session, thread)
