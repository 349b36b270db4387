"""Which attestation stands, and when a device is attested (SPEC S3.6)."""

from __future__ import annotations

from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import decode_payload
from inscope_server.database import Transaction
from inscope_server.errors import Refusal
from server.accounts.clinic import DAY, START, Clinic, Phone, refused


async def roles(clinic: Clinic, phone: Phone) -> list[tuple[str, ...]]:
    async with clinic.server.database.read() as tx:
        held = await clinic.accounts.attestations_of(tx, [phone.person])
    return [attestation.roles for attestation in held[phone.person]]


async def test_a_higher_serial_stands_and_a_lower_or_equal_one_is_refused(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.enrolled(home, "Ines Moreau", serial=5)
    await clinic.attest(phone, "Ines Moreau", serial=7, roles=("registrar",))
    for serial in (7, 6, 5, 1):
        assert await refused(clinic.attest(phone, "Ines Moreau", serial=serial)) == "stale_statement"
    assert await roles(clinic, phone) == [("registrar",)]


async def test_a_device_waits_until_its_own_identity_key_is_attested(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.invited(home, "Ines Moreau")
    phone.session = await clinic.redeem(phone)
    assert not (await clinic.caller(phone)).attested
    stranger = await clinic.invited(home, "Tom Alder")
    await clinic.attest(phone, "Ines Moreau", identity_key=stranger.identity_key)
    assert not (await clinic.caller(phone)).attested
    await clinic.attest(phone, "Ines Moreau", serial=2)
    assert (await clinic.caller(phone)).attested


async def test_an_attestation_lapses_at_its_exact_instant(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.enrolled(home, "Ines Moreau", valid_until=START + 1000)
    clinic.hands.time = START + 999
    assert (await clinic.caller(phone)).attested
    clinic.hands.time = START + 1000
    assert not (await clinic.caller(phone)).attested
    await clinic.attest(phone, "Ines Moreau", serial=2)
    assert (await clinic.caller(phone)).attested


async def test_another_organisation_speaks_only_of_the_key_that_the_home_knows(clinic: Clinic) -> None:
    home, other = await clinic.organisation("Riverbend"), await clinic.organisation("Coastal")
    phone = await clinic.enrolled(home, "Ines Moreau")
    impostor = await clinic.invited(other, "Impostor")
    stolen = {"person": phone.person}
    assert await refused(clinic.attest(impostor, "Ines Moreau", **stolen)) == "statement_mismatch"
    await clinic.attest(phone, "Ines Moreau", other, roles=("visitor",))
    assert sorted(await roles(clinic, phone)) == [("intern",), ("visitor",)]


async def test_a_new_identity_key_voids_what_others_said_of_the_old_one(clinic: Clinic) -> None:
    home, other = await clinic.organisation("Riverbend"), await clinic.organisation("Coastal")
    lost = await clinic.enrolled(home, "Ines Moreau")
    await clinic.attest(lost, "Ines Moreau", other, roles=("visitor",))
    fresh = await clinic.invited(home, "Ines Moreau", person=lost.person)
    fresh.session = await clinic.redeem(fresh)
    await clinic.attest(fresh, "Ines Moreau", serial=2)
    assert await roles(clinic, fresh) == [("intern",)]
    assert (await clinic.caller(fresh)).attested
    assert not (await clinic.caller(lost)).attested


async def test_one_byte_changed_or_another_signer_is_refused(clinic: Clinic) -> None:
    home, other = await clinic.organisation("Riverbend"), await clinic.organisation("Coastal")
    phone = await clinic.enrolled(home, "Ines Moreau")
    good = clinic.attestation(phone, "Ines Moreau", serial=2)
    wrong = clinic.attestation(phone, "Ines Moreau", serial=2, roles=("surgeon",))
    attest = clinic.accounts.attesting.attest
    assert await refused(attest(good | {"payload": wrong["payload"]})) == "bad_signature"
    payload = decode_payload("attestation", parse_envelope(good).payload_bytes)
    assert await refused(attest(other.signed("attestation", payload))) == "wrong_signer"
    assert await roles(clinic, phone) == [("intern",)]


async def test_every_accepted_attestation_is_announced_within_its_transaction(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    told: list[tuple[str, list[tuple[str, ...]]]] = []

    async def listen(tx: Transaction, person: str) -> list[str]:
        held = await clinic.accounts.attestations_of(tx, [person])
        told.append((person, [attestation.roles for attestation in held[person]]))
        return []

    clinic.server.changes.on_person(listen)
    phone = await clinic.enrolled(home, "Ines Moreau")
    await clinic.attest(phone, "Ines Moreau", serial=2, roles=("registrar",))
    await refused(clinic.attest(phone, "Ines Moreau", serial=2))
    assert told == [(phone.person, [("intern",)]), (phone.person, [("registrar",)])]


async def test_a_listener_that_fails_leaves_the_old_attestation_standing(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.enrolled(home, "Ines Moreau")

    async def fail(tx: Transaction, person: str) -> list[str]:
        raise Refusal("server_busy")

    clinic.server.changes.on_person(fail)
    assert await refused(clinic.attest(phone, "Ines Moreau", serial=2, roles=("registrar",))) == "server_busy"
    assert await roles(clinic, phone) == [("intern",)]


async def test_an_organisations_statement_needs_its_own_key_first_and_a_higher_serial(clinic: Clinic) -> None:
    home, other = await clinic.organisation("Riverbend"), await clinic.organisation("Coastal")
    await clinic.introduce(home, other.entry(), serial=2)
    assert await refused(clinic.introduce(home, serial=2)) == "stale_statement"
    swapped = type(home)("Riverbend", home.organisation).entry()
    assert await refused(clinic.introduce(home, serial=3, own=swapped)) == "wrong_signer"


async def test_a_device_certificate_lapses_too(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.invited(home, "Ines Moreau")
    phone.session = await clinic.redeem(phone, device=phone.certificate(valid_until=START + 5000))
    await clinic.attest(phone, "Ines Moreau", valid_until=START + DAY)
    assert (await clinic.caller(phone)).attested
    clinic.hands.time = START + 5000
    assert not (await clinic.caller(phone)).attested
