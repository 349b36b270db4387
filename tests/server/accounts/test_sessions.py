"""Signing in, and how sessions end (SPEC S4.5)."""

from __future__ import annotations

import pytest

from inscope_protocol.encoding import encode_base64url
from server.accounts.clinic import ADDRESS, Clinic, Phone, identifier, refused


@pytest.fixture
async def phone(clinic: Clinic) -> Phone:
    return await clinic.enrolled(await clinic.organisation("Riverbend"), "Ines Moreau")


async def test_a_session_ends_at_its_exact_instant(clinic: Clinic, phone: Phone) -> None:
    assert phone.session
    clinic.hands.time = phone.session.expires_at - 1
    assert await clinic.accounts.caller(phone.session.secret)
    clinic.hands.time += 1
    assert await clinic.accounts.caller(phone.session.secret) is None


async def test_a_cookie_of_nobody_is_nobody(clinic: Clinic, phone: Phone) -> None:
    for token in ("", "x", encode_base64url(bytes(32)), "=" * 43, "é" * 43, "a" * 5000):
        assert await clinic.accounts.caller(token) is None


async def test_signing_in_uses_the_nonce_up(clinic: Clinic, phone: Phone) -> None:
    sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
    nonce = await sessions.nonce(phone.device, ADDRESS)
    opened = await sessions.sign_in(phone.sign_in(nonce, origin))
    caller = await clinic.accounts.caller(opened.secret)
    assert caller
    assert (caller.person, caller.device) == (phone.person, phone.device)
    assert await refused(sessions.sign_in(phone.sign_in(nonce, origin))) == "not_signed_in"


async def test_a_nonce_is_good_for_a_minute_for_one_device_at_one_origin(clinic: Clinic, phone: Phone) -> None:
    sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
    other = await clinic.enrolled(phone.home, "Tom Alder")
    nonce = await sessions.nonce(phone.device, ADDRESS)
    assert await refused(sessions.sign_in(other.sign_in(nonce, origin))) == "not_signed_in"
    assert await refused(sessions.sign_in(phone.sign_in(nonce, "https://evil.example"))) == "not_signed_in"
    forged = phone.sign_in(nonce, origin) | {"signatures": other.sign_in(nonce, origin)["signatures"]}
    assert await refused(sessions.sign_in(forged)) == "not_signed_in"
    clinic.hands.time += 60_000
    assert await refused(sessions.sign_in(phone.sign_in(nonce, origin))) == "not_signed_in"
    nonce = await sessions.nonce(phone.device, ADDRESS)
    clinic.hands.time += 59_999
    assert await sessions.sign_in(phone.sign_in(nonce, origin))


async def test_a_device_that_never_was_gets_a_nonce_too(clinic: Clinic, phone: Phone) -> None:
    sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
    ghost = Phone(phone.person, phone.secret, phone.home, device=identifier("dev"))
    nonce = await sessions.nonce(ghost.device, ADDRESS)
    assert len(nonce) == len(await sessions.nonce(phone.device, ADDRESS))
    assert await refused(sessions.sign_in(ghost.sign_in(nonce, origin))) == "not_signed_in"


async def test_asking_for_nonces_is_slowed(clinic: Clinic, phone: Phone) -> None:
    for _ in range(20):
        await clinic.accounts.sessions.nonce(phone.device, ADDRESS)
    assert await refused(clinic.accounts.sessions.nonce(phone.device, ADDRESS)) == "rate_limited"
    clinic.hands.time += 3_000
    assert await clinic.accounts.sessions.nonce(phone.device, ADDRESS)


async def test_a_revoked_device_loses_its_sessions_and_never_gets_another(clinic: Clinic, phone: Phone) -> None:
    sessions, ended = clinic.accounts.sessions, []

    async def listen(device: str) -> None:
        ended.append(device)

    clinic.server.changes.on_device_ended(listen)
    caller = await clinic.caller(phone)
    await sessions.revoke(caller, phone.device)
    assert phone.session
    assert await clinic.accounts.caller(phone.session.secret) is None
    assert ended == [phone.device]
    nonce = await sessions.nonce(phone.device, ADDRESS)
    assert await refused(sessions.sign_in(phone.sign_in(nonce, clinic.server.config.origin))) == "device_revoked"
    async with clinic.server.database.read() as tx:
        assert not await clinic.accounts.is_attested(tx, phone.device)
    await clinic.attest(phone, "Ines Moreau", serial=2)
    async with clinic.server.database.read() as tx:
        assert not await clinic.accounts.is_attested(tx, phone.device)


async def test_a_strangers_device_is_as_absent_as_one_that_never_was(clinic: Clinic, phone: Phone) -> None:
    other = await clinic.enrolled(phone.home, "Tom Alder")
    caller = await clinic.caller(phone)
    for device in (other.device, identifier("dev"), "nonsense"):
        assert await refused(clinic.accounts.sessions.revoke(caller, device)) == "not_found"
    assert await clinic.caller(other)


async def test_signing_out_ends_this_device_and_no_other(clinic: Clinic, phone: Phone) -> None:
    other = await clinic.enrolled(phone.home, "Tom Alder")
    await clinic.accounts.sessions.sign_out(await clinic.caller(phone))
    assert phone.session
    assert await clinic.accounts.caller(phone.session.secret) is None
    assert await clinic.caller(other)


async def test_own_devices_are_listed_and_nobody_elses(clinic: Clinic, phone: Phone) -> None:
    await clinic.enrolled(phone.home, "Tom Alder")
    caller = await clinic.caller(phone)
    listed = await clinic.accounts.own_devices(caller)
    assert [entry["device"] for entry in listed] == [phone.device]
    assert "revoked_at" not in listed[0]
    await clinic.accounts.sessions.revoke(caller, phone.device)
    assert (await clinic.accounts.own_devices(caller))[0]["revoked_at"] == clinic.hands.time
