"""Searching, and what one organisation may see of another."""

from __future__ import annotations

from typing import Any

import pytest

from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import NamedTeam, decode_payload
from inscope_server.accounts import listing
from server.accounts.clinic import DAY, START, Clinic, Organisation, Phone, identifier, refused

TEAM = identifier("tea")


@pytest.fixture
async def places(clinic: Clinic) -> dict[str, Organisation]:
    """Riverbend and Coastal know each other; Hidden knows Riverbend, but nobody knows Hidden."""
    found = {name: await clinic.organisation(name) for name in ("Riverbend", "Coastal", "Hidden")}
    river, coast, hidden = found["Riverbend"], found["Coastal"], found["Hidden"]
    coastal = coast.entry(NamedTeam(TEAM, "Orthopaedic specialists"))
    await clinic.introduce(river, coastal)
    await clinic.introduce(coast, river.entry(), own=coastal)
    await clinic.introduce(hidden, river.entry())
    return found


@pytest.fixture
async def intern(clinic: Clinic, places: dict[str, Organisation]) -> Phone:
    return await clinic.enrolled(places["Riverbend"], "Dr Inès Moreau")


@pytest.fixture
async def specialist(clinic: Clinic, places: dict[str, Organisation]) -> Phone:
    return await clinic.enrolled(places["Coastal"], "Dr Samuel Okafor", teams=(TEAM,), roles=("surgeon",))


async def names(clinic: Clinic, asker: Phone, query: str) -> list[str]:
    return [entry["display_name"] for entry in await clinic.directory.search(await clinic.caller(asker), query)]


@pytest.mark.parametrize("query", ["okafor", "SAMUEL", "orthopaedic spec", "coastal", "  dr   samuel "])
async def test_found_by_name_team_and_organisation(
    clinic: Clinic, intern: Phone, specialist: Phone, query: str
) -> None:
    found = await clinic.directory.search(await clinic.caller(intern), query)
    assert found == [
        {
            "person": specialist.person, "display_name": "Dr Samuel Okafor",
            "organisation": specialist.home.organisation, "organisation_name": "Coastal",
            "roles": ["surgeon"], "teams": [TEAM],
        }
    ]  # fmt: skip


async def test_accents_and_case_do_not_matter(clinic: Clinic, intern: Phone, specialist: Phone) -> None:
    assert await names(clinic, specialist, "INES") == ["Dr Inès Moreau"]
    assert await names(clinic, specialist, "inès") == ["Dr Inès Moreau"]


async def test_many_of_a_name_who_are_not_seen_hide_nobody(
    clinic: Clinic, places: dict[str, Organisation], intern: Phone, specialist: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    for number in range(7):
        await clinic.enrolled(places["Hidden"], f"Dr Samuel Aardvark {number}")
    for number in range(4):
        await clinic.enrolled(places["Coastal"], f"Dr Samuel Zander {number}")
    zanders = [f"Dr Samuel Zander {number}" for number in range(4)]
    assert await names(clinic, intern, "samuel") == ["Dr Samuel Okafor", *zanders]


@pytest.mark.parametrize("query", ["", "a", " a ", "%", "%%", "__", "\\\\", "o%", "x" * 101, "ok\0"])
async def test_fewer_than_two_letters_are_refused(clinic: Clinic, intern: Phone, query: str) -> None:
    assert await refused(clinic.directory.search(await clinic.caller(intern), query)) == "malformed"


@pytest.mark.parametrize("query", ["ok%or", "o_afor", "s%m%l", "\\okafor", "'; drop table people; --"])
async def test_wildcards_are_letters(clinic: Clinic, intern: Phone, specialist: Phone, query: str) -> None:
    assert await names(clinic, intern, query) == []


async def test_an_organisation_that_ours_does_not_know_is_not_there(
    clinic: Clinic, places: dict[str, Organisation], intern: Phone
) -> None:
    ghost = await clinic.enrolled(places["Hidden"], "Dr Gwen Host")
    assert await names(clinic, intern, "gwen") == []
    assert await names(clinic, intern, "hidden") == []
    assert await names(clinic, ghost, "moreau") == ["Dr Inès Moreau"]


async def test_people_without_a_valid_attestation_are_not_listed(
    clinic: Clinic, places: dict[str, Organisation], intern: Phone
) -> None:
    river = places["Riverbend"]
    await clinic.redeem(await clinic.invited(river, "Pending Person"))
    await clinic.enrolled(river, "Lapsing Person", valid_until=START + DAY)
    await clinic.enrolled(river, "Future Person", valid_from=START + DAY, valid_until=START + 2 * DAY)
    assert await names(clinic, intern, "person") == ["Lapsing Person"]
    caller = await clinic.caller(intern)
    clinic.hands.time += DAY
    assert [entry["display_name"] for entry in await clinic.directory.search(caller, "person")] == ["Future Person"]


async def test_at_most_twenty_and_each_once(clinic: Clinic, places: dict[str, Organisation], intern: Phone) -> None:
    people = [await clinic.enrolled(places["Riverbend"], f"Nurse {number:02}") for number in range(23)]
    await clinic.attest(people[0], "Nurse 00", places["Coastal"])
    found = await names(clinic, intern, "nurse")
    assert found == [f"Nurse {number:02}" for number in range(20)]


async def test_searching_is_slowed(clinic: Clinic, intern: Phone) -> None:
    for _ in range(60):
        await names(clinic, intern, "zz")
    assert await refused(names(clinic, intern, "zz")) == "rate_limited"


async def statements(clinic: Clinic, asker: Phone, people: list[str], devices: list[str] | None = None) -> Any:
    return await clinic.directory.statements(await clinic.caller(asker), people, devices or [])


async def test_statements_of_a_person_or_of_a_devices_owner(
    clinic: Clinic, places: dict[str, Organisation], intern: Phone, specialist: Phone
) -> None:
    by_person = await statements(clinic, intern, [specialist.person])
    assert by_person == await statements(clinic, intern, [], [specialist.device])
    (entry,) = by_person["people"]
    assert entry["person"] == specialist.person
    assert entry["devices"] == [{"device": specialist.certificate()}]
    assert [env["signatures"][0]["keyid"] for env in entry["attestations"]] == [specialist.home.organisation]
    assert [env["signatures"][0]["keyid"] for env in by_person["organisations"]] == [places["Riverbend"].organisation]


async def test_a_stranger_looks_like_one_that_never_was(
    clinic: Clinic, places: dict[str, Organisation], intern: Phone
) -> None:
    ghost = await clinic.enrolled(places["Hidden"], "Dr Gwen Host")
    nobody = await statements(clinic, intern, [identifier("per")], [identifier("dev")])
    assert await statements(clinic, intern, [ghost.person], [ghost.device]) == nobody
    assert nobody["people"] == []


async def test_a_revoked_device_is_shown_as_revoked(clinic: Clinic, intern: Phone, specialist: Phone) -> None:
    await clinic.accounts.sessions.revoke(await clinic.caller(specialist), specialist.device)
    (entry,) = (await statements(clinic, intern, [specialist.person]))["people"]
    assert entry["devices"][0]["revoked_at"] == START


async def test_what_was_attested_of_a_replaced_key_is_handed_on_after_what_stands(
    clinic: Clinic, intern: Phone, specialist: Phone
) -> None:
    """By it whoever comes later verifies what the earlier device signed (S3.6)."""
    for serial in (2, 3):  # Twice: of the key that stands, the newest alone is told.
        await clinic.attest(specialist, "Dr Samuel Okafor", serial=serial)
    stranger = await clinic.invited(specialist.home, "Dr Samuel Okafor")
    await clinic.attest(specialist, "Dr Samuel Okafor", serial=4, identity_key=stranger.identity_key)
    (entry,) = (await statements(clinic, intern, [specialist.person]))["people"]
    told = [decode_payload("attestation", parse_envelope(one).payload_bytes) for one in entry["attestations"]]
    assert [(one.serial, one.identity_key) for one in told] == [
        (4, stranger.identity_key),
        (3, specialist.identity_key),
    ]
    async with clinic.server.database.read() as tx:
        held = await clinic.accounts.attestations_of(tx, [specialist.person])
    assert [one.serial for one in held[specialist.person]] == [4], "and counts for nothing"


async def test_a_device_learns_what_is_said_of_its_person_also_when_another_took_its_place(
    clinic: Clinic, specialist: Phone
) -> None:
    stranger = await clinic.invited(specialist.home, "Dr Samuel Okafor")
    await clinic.attest(specialist, "Dr Samuel Okafor", serial=2, identity_key=stranger.identity_key)
    caller = await clinic.caller(specialist)
    assert not caller.attested
    (told,) = await clinic.accounts.own_attestations(caller)
    said = decode_payload("attestation", parse_envelope(told).payload_bytes)
    assert (said.person, said.identity_key) == (specialist.person, stranger.identity_key)
