"""A device that was lost: what guessing at its passphrase costs (SPEC S2.1), and how it ends (S4.6)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from inscope_server.accounts.signing_in import Sessions
from inscope_server.errors import Refusal
from world.session import PASSPHRASE, Failed, Session

WRONG = "another passphrase"
SECOND, MINUTE = 1_000, 60_000


async def guess(session: Session, times: int) -> list[str]:
    """The code that each wrong passphrase meets."""
    codes = []
    for _ in range(times):
        with pytest.raises(Failed) as failed:
            await session.unlock(WRONG)
        codes.append(failed.value.code)
    return codes


async def revoke_itself(session: Session) -> None:
    """By a request such as another device of the same person would make."""
    (own,) = (await session.raw("GET", "/api/devices"))["body"]["devices"]
    assert (await session.raw("POST", f"/api/devices/{own['device']}/revoke", {}))["status"] == 200


async def test_wrong_passphrases_wait_longer_and_longer_through_every_reload(intern):
    await intern.lock()
    assert await guess(intern, 5) == ["wrong_passphrase"] * 4 + ["unlock_waits"]
    await intern.reload()
    with pytest.raises(Failed, match="unlock_waits"):
        await intern.unlock(PASSPHRASE)
    await intern.advance(5 * SECOND)
    assert await guess(intern, 2) == ["wrong_passphrase", "unlock_waits"]
    await intern.advance(5 * SECOND)
    assert await guess(intern, 1) == ["unlock_waits"], "three times as long by now"
    await intern.advance(-MINUTE)
    await intern.reload()
    with pytest.raises(Failed, match="unlock_waits"):
        await intern.unlock(PASSPHRASE)
    await intern.advance(15 * SECOND)
    await intern.unlock(PASSPHRASE)
    await intern.lock()
    assert await guess(intern, 3) == ["wrong_passphrase"] * 3, "forgotten once it was right"


async def test_a_try_counts_although_the_page_is_closed_while_it_is_tried(intern):
    await intern.reload()
    for _ in range(4):
        await intern.endAfter(2)  # Counted, and never answered.
        intern.driver.begin(intern.name, "unlock", WRONG)
        while await intern.ended() is None:
            pass
        await intern.reload()
    with pytest.raises(Failed, match="unlock_waits"):
        await intern.unlock(PASSPHRASE)


async def test_a_revoked_device_that_is_online_erases_itself_and_says_so(hospital, intern, specialist):
    await intern.createThread("case", "direct-care-advice", "Gone soon", [specialist.person])
    await revoke_itself(intern)
    await intern.wait(status="new", timeout=20_000)
    assert await intern.erasedBecause() == "device_revoked"
    assert await intern.stored() < 100
    await intern.reload()
    assert (await intern.status(), await intern.erasedBecause()) == ("new", "device_revoked")


async def test_a_revoked_device_that_was_locked_erases_itself_when_it_is_opened(hospital, intern):
    await hospital.driver.call(intern.name, "clone", {"as": "the lost phone"})
    lost = Session(hospital.driver, "the lost phone")
    await intern.disconnect()
    await revoke_itself(intern)
    await lost.unlock(PASSPHRASE)
    await lost.wait(status="new", timeout=20_000)
    assert (await lost.erasedBecause(), await lost.threads()) == ("device_revoked", [])
    with pytest.raises(Failed, match="not_enrolled"):
        await lost.unlock(PASSPHRASE)


async def test_one_wrong_word_of_the_server_erases_nothing(hospital, intern, specialist, monkeypatch):
    """A session that ended, a good-bye on the socket, a single claim: each leads to a sign-in, and no further."""
    thread = await intern.createThread("case", "direct-care-advice", "Still here", [specialist.person])
    real, asked = Sessions.sign_in, []

    async def lies_once(self: Sessions, envelope: Any) -> Any:
        asked.append(envelope)
        if len(asked) == 1:
            raise Refusal("device_revoked")
        return await real(self, envelope)

    monkeypatch.setattr(Sessions, "sign_in", lies_once)
    assert (await intern.raw("DELETE", "/api/session"))["status"] == 200
    await intern.sendText(thread, "I am still here")
    await specialist.wait(thread=thread, text="I am still here")
    assert await intern.status() == "ready"
    assert len(asked) == 2
    nonces = {one["payload"] for one in asked}
    assert len(nonces) == 2, "two questions, each with a nonce of its own"


async def test_a_person_sees_their_devices_and_revokes_one(hospital):
    newcomer = await hospital.enrol(hospital.riverbend, "Nora Lind")
    (own,) = await newcomer.devices()
    assert (own["label"], own["current"], own["revokedAt"]) == ("test device", True, None)
    assert abs(own["setUpAt"] - hospital.running.clock.now()) < MINUTE
    with pytest.raises(Failed, match="not_found"):
        await newcomer.revokeDevice("dev_" + "A" * 22)
    await newcomer.revokeDevice(own["device"])
    await newcomer.wait(status="new", timeout=20_000)


async def test_locking_ends_the_session_with_the_server_and_unlocking_begins_one(intern):
    async def is_signed_in() -> bool:
        return (await intern.raw("GET", "/api/session"))["status"] == 200

    assert await is_signed_in()
    await intern.lock()
    async with asyncio.timeout(20):
        while await is_signed_in():
            await asyncio.sleep(0.01)
    await intern.unlock(PASSPHRASE)
    await intern.wait(line="online")
    assert await is_signed_in()


async def test_unlocking_at_once_is_not_ended_by_the_locking_before_it(intern):
    for _ in range(3):
        await intern.lock()
        await intern.unlock(PASSPHRASE)
        await intern.wait(line="online")
    assert (await intern.raw("GET", "/api/session"))["status"] == 200


async def test_a_locked_device_can_be_forgotten_without_its_passphrase(intern):
    await intern.lock()
    await intern.erase()
    assert (await intern.status(), await intern.erasedBecause()) == ("new", None)
    assert await intern.stored() == 0
