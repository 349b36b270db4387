"""Key packages: of the caller's own device, handed out once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from inscope_server.config import Config
from server.accounts.clinic import DAY, Clinic, Organisation, Phone, identifier, refused
from world import mls


@pytest.fixture
async def home(clinic: Clinic) -> Organisation:
    clinic.directory.config = Config(suite=mls.SUITE)
    return await clinic.organisation("Riverbend")


@pytest.fixture
async def intern(clinic: Clinic, home: Organisation) -> Phone:
    return await clinic.enrolled(home, "Ines Moreau")


@pytest.fixture
async def fellow(clinic: Clinic, home: Organisation) -> Phone:
    return await clinic.enrolled(home, "Tom Alder")


def packages(phone: Phone, count: int) -> list[bytes]:
    return [mls.key_package(bytes(phone.key), phone.device) for _ in range(count)]


async def upload(clinic: Clinic, phone: Phone, data: list[bytes]) -> int:
    return await clinic.directory.upload(await clinic.caller(phone), data)


async def claim(clinic: Clinic, asker: Phone, *people: str) -> dict[str, Any]:
    return await clinic.directory.claim(await clinic.caller(asker), list(people))


async def test_each_is_handed_out_once_among_many_at_the_same_time(
    clinic: Clinic, intern: Phone, fellow: Phone
) -> None:
    assert await upload(clinic, fellow, packages(fellow, 8)) == 8
    claims = await asyncio.gather(*(claim(clinic, intern, fellow.person) for _ in range(12)))
    given = [entry["key_package"] for answer in claims for entry in answer["key_packages"]]
    assert (len(given), len(set(given))) == (8, 8)
    assert [answer["missing"] for answer in claims if not answer["key_packages"]] == [[fellow.person]] * 4
    assert await clinic.directory.count(await clinic.caller(fellow)) == 0


async def test_of_another_device_key_or_suite_is_refused_and_nothing_is_kept(
    clinic: Clinic, intern: Phone, fellow: Phone
) -> None:
    good = packages(fellow, 1)
    theirs = mls.key_package(bytes(intern.key), intern.device)
    swapped = mls.key_package(bytes(intern.key), fellow.device)
    for bad, code in ((theirs, "wrong_signer"), (swapped, "wrong_signer"), (good[0][:-1], "malformed")):
        assert await refused(upload(clinic, fellow, [*good, bad])) == code
    flipped = good[0][:-1] + bytes([good[0][-1] ^ 1])
    assert await refused(upload(clinic, fellow, [flipped])) == "bad_signature"
    clinic.directory.config = Config(suite=3 if mls.SUITE == 61454 else 61454)
    assert await refused(upload(clinic, fellow, good)) == "malformed"
    assert await clinic.directory.count(await clinic.caller(fellow)) == 0


async def test_at_most_a_hundred_are_kept_and_the_same_one_counts_once(clinic: Clinic, fellow: Phone) -> None:
    first = packages(fellow, 50)
    assert await upload(clinic, fellow, first) == 50
    assert await upload(clinic, fellow, first) == 50
    assert await upload(clinic, fellow, packages(fellow, 50)) == 100
    assert await refused(upload(clinic, fellow, packages(fellow, 1))) == "too_large"


async def test_a_revoked_or_unattested_device_gives_none(
    clinic: Clinic, home: Organisation, intern: Phone, fellow: Phone
) -> None:
    await upload(clinic, fellow, packages(fellow, 3))
    await clinic.attest(fellow, "Tom Alder", serial=2, valid_until=clinic.hands.time + DAY)
    caller = await clinic.caller(intern)
    clinic.hands.time += DAY
    assert await clinic.directory.claim(caller, [fellow.person]) == {"key_packages": [], "missing": [fellow.person]}
    await clinic.attest(fellow, "Tom Alder", serial=3)
    assert len((await clinic.directory.claim(caller, [fellow.person]))["key_packages"]) == 1
    tom = fellow.sign_in(clinic.accounts.sessions.nonce(fellow.device), clinic.server.config.origin)
    fellow.session = await clinic.accounts.sessions.sign_in(tom)
    await clinic.accounts.sessions.revoke(await clinic.caller(fellow), fellow.device)
    assert (await clinic.directory.claim(caller, [fellow.person]))["missing"] == [fellow.person]


async def test_a_stranger_is_missing_like_one_that_never_was(clinic: Clinic, intern: Phone) -> None:
    hidden = await clinic.organisation("Hidden")
    ghost = await clinic.enrolled(hidden, "Gwen Host")
    await upload(clinic, ghost, packages(ghost, 2))
    nobody = identifier("per")
    assert await claim(clinic, intern, ghost.person, nobody) == {"key_packages": [], "missing": [ghost.person, nobody]}
    assert await clinic.directory.count(await clinic.caller(ghost)) == 2


async def test_one_caller_cannot_drain_a_colleague(clinic: Clinic, intern: Phone, fellow: Phone) -> None:
    await upload(clinic, fellow, packages(fellow, 30))
    for _ in range(20):
        await claim(clinic, intern, fellow.person)
    assert await refused(claim(clinic, intern, fellow.person)) == "rate_limited"
    assert await clinic.directory.count(await clinic.caller(fellow)) == 10
    other = await clinic.enrolled(fellow.home, "Priya Raman")
    assert len((await claim(clinic, other, fellow.person))["key_packages"]) == 1


async def test_nor_by_many_claims_at_the_same_time(clinic: Clinic, intern: Phone, fellow: Phone) -> None:
    await upload(clinic, fellow, packages(fellow, 50))
    tries = [claim(clinic, intern, fellow.person) for _ in range(40)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [getattr(one, "code", "") for one in answers].count("rate_limited") == 20
    assert await clinic.directory.count(await clinic.caller(fellow)) == 30


async def test_what_was_not_served_costs_nothing(clinic: Clinic, intern: Phone, fellow: Phone) -> None:
    for _ in range(25):
        assert (await claim(clinic, intern, fellow.person))["missing"] == [fellow.person]
    priya = await clinic.enrolled(fellow.home, "Priya Raman")
    await upload(clinic, priya, packages(priya, 50))
    await upload(clinic, fellow, packages(fellow, 30))
    for _ in range(20):
        await claim(clinic, intern, priya.person)
    for _ in range(25):
        assert await refused(claim(clinic, intern, fellow.person, priya.person)) == "rate_limited"
    clinic.hands.time += 60_000
    assert len((await claim(clinic, intern, fellow.person))["key_packages"]) == 1
    assert await clinic.directory.count(await clinic.caller(fellow)) == 29


async def test_the_callers_own_device_is_not_claimed(clinic: Clinic, intern: Phone) -> None:
    await upload(clinic, intern, packages(intern, 2))
    assert (await claim(clinic, intern, intern.person))["key_packages"] == []
    assert await clinic.directory.count(await clinic.caller(intern)) == 2
