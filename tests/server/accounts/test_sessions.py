"""Signing in, and how sessions end (SPEC S4.5)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_server.accounts.sign_in_nonces import SignInNonces
from inscope_server.accounts.tables import nonces
from server.accounts.clinic import Clinic, Phone, identifier, refused


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
    nonce = sessions.nonce(phone.device)
    opened = await sessions.sign_in(phone.sign_in(nonce, origin))
    caller = await clinic.accounts.caller(opened.secret)
    assert caller
    assert (caller.person, caller.device) == (phone.person, phone.device)
    assert await refused(sessions.sign_in(phone.sign_in(nonce, origin))) == "not_signed_in"


async def test_a_nonce_is_good_for_a_minute_for_one_device_at_one_origin(clinic: Clinic, phone: Phone) -> None:
    sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
    other = await clinic.enrolled(phone.home, "Tom Alder")
    nonce = sessions.nonce(phone.device)
    assert await refused(sessions.sign_in(other.sign_in(nonce, origin))) == "not_signed_in"
    assert await refused(sessions.sign_in(phone.sign_in(nonce, "https://evil.example"))) == "not_signed_in"
    forged = phone.sign_in(nonce, origin) | {"signatures": other.sign_in(nonce, origin)["signatures"]}
    assert await refused(sessions.sign_in(forged)) == "not_signed_in"
    clinic.hands.time += 60_000
    assert await refused(sessions.sign_in(phone.sign_in(nonce, origin))) == "not_signed_in"
    nonce = sessions.nonce(phone.device)
    clinic.hands.time += 59_999
    assert await sessions.sign_in(phone.sign_in(nonce, origin))


async def test_a_device_that_never_was_gets_a_nonce_too(clinic: Clinic, phone: Phone) -> None:
    sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
    ghost = Phone(phone.person, phone.secret, phone.home, device=identifier("dev"))
    nonce = sessions.nonce(ghost.device)
    assert len(nonce) == len(sessions.nonce(phone.device))
    assert await refused(sessions.sign_in(ghost.sign_in(nonce, origin))) == "not_signed_in"


async def test_asking_in_a_devices_name_locks_nobody_out_and_stores_nothing(clinic: Clinic, phone: Phone) -> None:
    sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
    mine = sessions.nonce(phone.device)
    others = {sessions.nonce(phone.device) for _ in range(1000)}
    assert len(others) == 1000
    async with clinic.server.database.read() as tx:
        assert await tx.all(select(nonces)) == []
    assert await sessions.sign_in(phone.sign_in(mine, origin))
    assert await sessions.sign_in(phone.sign_in(sessions.nonce(phone.device), origin))


async def test_a_nonce_that_was_changed_or_made_elsewhere_is_none(clinic: Clinic, phone: Phone) -> None:
    sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
    nonce = decode_base64url(sessions.nonce(phone.device))
    made = SignInNonces(clinic.server.clock, bytes(32)).draw(phone.device)
    later = (int.from_bytes(nonce[:8], "big") + 1).to_bytes(8, "big") + nonce[8:]
    for other in (later, nonce[:-1] + bytes([nonce[-1] ^ 1]), nonce[:24], nonce + b"x", decode_base64url(made)):
        asked = phone.sign_in(encode_base64url(other), origin)
        assert await refused(sessions.sign_in(asked)) == "not_signed_in", other
    assert await sessions.sign_in(phone.sign_in(encode_base64url(nonce), origin))


async def test_of_many_tries_with_one_nonce_one_wins(clinic: Clinic, phone: Phone) -> None:
    sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
    asked = phone.sign_in(sessions.nonce(phone.device), origin)
    tries = await asyncio.gather(*(sessions.sign_in(asked) for _ in range(5)), return_exceptions=True)
    assert sorted(getattr(one, "code", "") for one in tries) == ["", *["not_signed_in"] * 4]


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
    nonce = sessions.nonce(phone.device)
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


async def test_a_device_that_is_not_confirmed_sees_and_revokes_itself_alone(clinic: Clinic, phone: Phone) -> None:
    """Whoever reads an invitation first, before the organisation looks; then the same of a device that was replaced."""
    sessions, accounts = clinic.accounts.sessions, clinic.accounts
    other, envelope = clinic.invitation(phone.home, "Ines Moreau", person=phone.person)
    await accounts.enrolments.invite(envelope)
    other.session = await clinic.redeem(other)
    assert [one["device"] for one in await accounts.own_devices(await clinic.caller(other))] == [other.device]
    assert await refused(sessions.revoke(await clinic.caller(other), phone.device)) == "not_attested"
    assert (await clinic.caller(phone)).attested
    await clinic.attest(other, "Ines Moreau", serial=2)
    assert [one["device"] for one in await accounts.own_devices(await clinic.caller(phone))] == [phone.device]
    assert await refused(sessions.revoke(await clinic.caller(phone), other.device)) == "not_attested"
    assert (await clinic.caller(other)).attested
    await sessions.revoke(await clinic.caller(phone), phone.device)
    listed = {one["device"]: "revoked_at" in one for one in await accounts.own_devices(await clinic.caller(other))}
    assert listed == {phone.device: True, other.device: False}, "the confirmed one sees them all"


async def test_a_confirmed_device_revokes_one_that_waits_to_be_confirmed(clinic: Clinic, phone: Phone) -> None:
    other, envelope = clinic.invitation(phone.home, "Ines Moreau", person=phone.person)
    await clinic.accounts.enrolments.invite(envelope)
    other.session = await clinic.redeem(other)
    await clinic.accounts.sessions.revoke(await clinic.caller(phone), other.device)
    assert await clinic.accounts.caller(other.session.secret) is None
