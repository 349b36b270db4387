"""Invitations and their one redemption (SPEC S4)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from inscope_protocol.encoding import decode_base64url, encode_base64url, serialise
from inscope_protocol.failures import ProtocolError
from inscope_protocol.statements import parse_envelope, pre_authentication_encoding
from inscope_protocol.types import NamedRole, NamedTeam, decode_payload
from inscope_server.database import metadata
from inscope_server.errors import Refusal
from server.accounts.clinic import ADDRESS, DAY, START, Clinic, Phone, identifier, refused


async def test_a_token_is_redeemed_once_among_twenty_at_the_same_time(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.invited(home, "Ines Moreau")
    rivals = [clinic.invitation(home, "x", person=phone.person)[0] for _ in range(20)]

    async def attempt(rival: object) -> object:
        certificate = rival.certificate()  # type: ignore[attr-defined]
        return await clinic.redeem(phone, device=certificate, proof=rival.proof)  # type: ignore[attr-defined]

    results = await asyncio.gather(*(attempt(rival) for rival in rivals), return_exceptions=True)
    lost = [result for result in results if isinstance(result, Refusal)]
    assert [result.code for result in lost] == ["invitation_invalid"] * 19
    pending = await clinic.accounts.enrolments.pending(clinic.request(home))
    assert len(pending) == 1


async def test_used_lapsed_and_unknown_tokens_answer_alike(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    used, lapsed, unknown = [await clinic.invited(home, "A") for _ in range(2)] + [clinic.invitation(home, "B")[0]]
    await clinic.redeem(used)
    clinic.hands.time += 7 * DAY
    answers = []
    for phone in (used, lapsed, unknown):
        for act in (clinic.accounts.enrolments.look(phone.token, ADDRESS), clinic.redeem(phone)):
            with pytest.raises(Refusal) as caught:
                await act
            answers.append((caught.value.status, caught.value.as_data()))
    assert answers[0][1]["error"]["code"] == "invitation_invalid"
    assert all(answer == answers[0] for answer in answers)


async def test_an_invitation_ends_at_its_exact_instant(clinic: Clinic) -> None:
    phone = await clinic.invited(await clinic.organisation("Riverbend"), "Ines Moreau")
    clinic.hands.time = START + 7 * DAY - 1
    assert (await clinic.accounts.enrolments.look(phone.token, ADDRESS))["display_name"] == "Ines Moreau"
    clinic.hands.time += 1
    assert await refused(clinic.accounts.enrolments.look(phone.token, ADDRESS)) == "invitation_invalid"


async def test_guessing_tokens_is_slowed_for_that_address_only(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    codes = [await refused(clinic.accounts.enrolments.look(bytes(32), ADDRESS)) for _ in range(25)]
    assert codes == ["invitation_invalid"] * 20 + ["rate_limited"] * 5
    other = "192.0.2.2"
    assert await refused(clinic.accounts.enrolments.look(bytes(32), other)) == "invitation_invalid"
    phone = await clinic.invited(home, "Ines Moreau")
    assert (await clinic.accounts.enrolments.look(phone.token, ADDRESS))["display_name"] == "Ines Moreau"
    assert await clinic.redeem(phone), "who shares the guesser's address is not locked out"
    assert await refused(clinic.redeem(phone)) == "rate_limited"


async def test_looking_uses_nothing_up(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.invited(home, "Ines Moreau")
    for _ in range(3):
        seen = await clinic.accounts.enrolments.look(phone.token, ADDRESS)
    assert (seen["person"], seen["organisation_name"]) == (phone.person, "Riverbend")
    assert await clinic.redeem(phone)


async def test_a_refused_certificate_leaves_the_token_unused(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.invited(home, "Ines Moreau")
    stranger = clinic.invitation(home, "Another")[0]
    assert await refused(clinic.redeem(phone, device=stranger.certificate())) == "wrong_signer"
    tampered = phone.certificate() | {"payload": stranger.certificate()["payload"]}
    assert await refused(clinic.redeem(phone, device=tampered)) == "bad_signature"
    assert await refused(clinic.redeem(phone, device=phone.certificate(valid_until=START))) == "malformed"
    assert await refused(clinic.redeem(phone, device=phone.certificate(now=START + DAY))) == "malformed"
    assert await clinic.redeem(phone)


@pytest.mark.parametrize(
    "label", ["", " ", "Pho\u202ene", "Nul\u0000", "Line\nbreak", "\x1b[31mRed", "n" * 201, "n" * 16_000],
    ids=lambda label: ascii(label)[:20],
)  # fmt: skip
async def test_a_label_that_hides_something_or_fills_the_screen_is_refused(clinic: Clinic, label: str) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.invited(home, "Ines Moreau")
    assert await refused(clinic.redeem(phone, device=phone.certificate(label=label))) == "malformed"
    assert await clinic.redeem(phone, device=phone.certificate(label="هاتف n° 2"))


async def test_a_device_identifier_is_taken_once(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    first = await clinic.enrolled(home, "Ines Moreau")
    second = await clinic.invited(home, "Tom Alder")
    second.device = first.device
    assert await refused(clinic.redeem(second)) == "malformed"


async def test_a_device_key_is_taken_once(clinic: Clinic) -> None:
    """One key at two leaves is no tree that MLS takes: whose thread it came into would stop."""
    home = await clinic.organisation("Riverbend")
    first, second = await clinic.enrolled(home, "Ines Moreau"), await clinic.invited(home, "Tom Alder")
    second.key, own = first.key, second.key
    assert await refused(clinic.redeem(second)) == "malformed"
    second.key = own
    assert await clinic.redeem(second), "and the invitation is as it was"


async def test_of_two_that_enrol_with_one_key_at_once_one_is_taken(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phones = [await clinic.invited(home, name) for name in ("Ines Moreau", "Tom Alder")]
    phones[1].key = phones[0].key
    results = await asyncio.gather(*map(clinic.redeem, phones), return_exceptions=True)
    assert [one.code for one in results if isinstance(one, Refusal)] == ["malformed"]


async def test_only_a_registered_organisation_invites_and_only_its_own_people(clinic: Clinic) -> None:
    home, other = await clinic.organisation("Riverbend"), await clinic.organisation("Coastal")
    phone = await clinic.enrolled(home, "Ines Moreau")
    _, taken_over = clinic.invitation(other, "Ines Moreau", person=phone.person)
    assert await refused(clinic.accounts.enrolments.invite(taken_over)) == "wrong_signer"
    _, in_another_name = clinic.invitation(other, "X", organisation=home.organisation)
    assert await refused(clinic.accounts.enrolments.invite(in_another_name)) == "wrong_signer"
    unregistered = type(home)("Nowhere")
    assert await refused(clinic.accounts.enrolments.invite(clinic.invitation(unregistered, "X")[1])) == "wrong_signer"


async def test_the_same_invitation_again_is_fine_and_another_with_its_token_is_not(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone, envelope = clinic.invitation(home, "Ines Moreau")
    for _ in range(2):
        assert await clinic.accounts.enrolments.invite(envelope) == phone.person
    _, second = clinic.invitation(home, "Tom Alder")
    _, clash = clinic.invitation(home, "Tom Alder", token_hash=_token_hash(envelope))
    assert await refused(clinic.accounts.enrolments.invite(clash)) == "malformed"
    assert await clinic.accounts.enrolments.invite(second)


def _token_hash(envelope: dict[str, object]) -> object:
    return decode_payload("invitation", parse_envelope(envelope).payload_bytes).token_hash  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["Dr\u202e Evil", "Zero\u200bwidth", "Nul\u0000"], ids=ascii)
async def test_names_that_hide_something_are_refused_wherever_they_stand(clinic: Clinic, name: str) -> None:
    home = await clinic.organisation("Riverbend")
    assert await refused(clinic.invited(home, name)) == "malformed"
    phone = await clinic.invited(home, "Ines Moreau")
    await clinic.redeem(phone)
    assert await refused(clinic.attest(phone, name)) == "malformed"
    for own in (
        home.entry(NamedTeam(identifier("tea"), name)),
        replace(home.entry(), roles=(NamedRole("gp", name),)),
        replace(home.entry(), name=name),
    ):
        assert await refused(clinic.introduce(home, own=own)) == "malformed"
    key = bytes(phone.identity.verify_key)
    assert await refused(clinic.accounts.register_organisation(identifier("org"), name, key)) == "malformed"


@pytest.mark.parametrize("signer", ["org_\0", "\0", "org_" + "A" * 21 + "\0", "dev_" + "A" * 22], ids=ascii)
async def test_a_signer_that_is_no_id_of_its_kind_is_a_wrong_signer(clinic: Clinic, signer: str) -> None:
    home = await clinic.organisation("Riverbend")
    phone, invitation = clinic.invitation(home, "Ines Moreau")

    def renamed(envelope: dict[str, Any]) -> dict[str, Any]:
        [signature] = envelope["signatures"]
        return envelope | {"signatures": [signature | {"keyid": signer}]}

    accounts, certificate = clinic.accounts, phone.certificate()
    assert await refused(accounts.enrolments.invite(renamed(invitation))) == "wrong_signer"
    assert await refused(accounts.enrolments.pending(renamed(clinic.request(home)))) == "wrong_signer"
    assert await refused(accounts.attesting.attest(renamed(clinic.attestation(phone, "x")))) == "wrong_signer"
    await accounts.enrolments.invite(invitation)
    assert await refused(clinic.redeem(phone, device=renamed(certificate))) == "wrong_signer"
    asked = renamed(phone.sign_in(accounts.sessions.nonce(phone.device), clinic.server.config.origin))
    assert await refused(accounts.sessions.sign_in(asked)) in ("wrong_signer", "not_signed_in")


async def test_pending_enrolments_go_to_their_organisation_once_a_request(clinic: Clinic) -> None:
    home, other = await clinic.organisation("Riverbend"), await clinic.organisation("Coastal")
    phone = await clinic.invited(home, "Ines Moreau")
    await clinic.redeem(phone)
    pending, request = clinic.accounts.enrolments.pending, clinic.request(home)
    assert [entry["proof"] for entry in await pending(request)] == [phone.proof]
    assert await refused(pending(request)) == "stale_statement"
    assert await pending(clinic.request(other)) == []
    assert await refused(pending(clinic.request(home, at=START - 60_001))) == "stale_statement"
    assert await refused(pending(clinic.request(home, at=START + 60_001))) == "stale_statement"
    await clinic.attest(phone, "Ines Moreau")
    assert await pending(clinic.request(home)) == []


async def test_no_token_lies_in_the_database(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.enrolled(home, "Ines Moreau")
    assert phone.session
    nonce = clinic.accounts.sessions.nonce(phone.device)
    async with clinic.server.database.read() as tx:
        rows = [tuple(row) for table in metadata.sorted_tables for row in await tx.all(table.select())]
    held = repr(rows)
    assert phone.device in held
    for secret in (phone.token, phone.secret, decode_base64url(phone.session.secret), decode_base64url(nonce)):
        for spelling in (repr(secret)[2:-1], secret.hex(), encode_base64url(secret)):
            assert spelling not in held


async def test_an_identifier_of_nobody_is_attested_to_nobody(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = clinic.invitation(home, "Ghost", person=identifier("per"))[0]
    assert await refused(clinic.attest(phone, "Ghost")) == "not_found"


async def test_a_certificate_is_for_three_years_at_most(clinic: Clinic) -> None:
    home = await clinic.organisation("Riverbend")
    phone = await clinic.invited(home, "Ines Moreau")
    with pytest.raises(ProtocolError, match="malformed"):
        phone.certificate(valid_until=START + 1096 * DAY + 1)
    longest = phone.certificate(valid_until=START + 1096 * DAY)
    assert (
        await refused(clinic.redeem(phone, device=_signed_anyway(phone, valid_until=START + 1097 * DAY))) == "malformed"
    )
    await clinic.redeem(phone, device=longest)


async def test_a_device_key_that_binds_nobody_is_refused(clinic: Clinic) -> None:
    """To sign with the neutral point as one's key, any bytes of the right form do: no proof says whose it is."""
    phone = await clinic.invited(await clinic.organisation("Riverbend"), "Ines Moreau")
    neutral = encode_base64url(bytes([1]) + bytes(31))
    assert await refused(clinic.redeem(phone, device=_signed_anyway(phone, device_key=neutral))) == "malformed"


async def test_an_organisation_is_not_registered_with_a_key_that_binds_nobody(clinic: Clinic) -> None:
    assert (
        await refused(clinic.accounts.register_organisation(identifier("org"), "Riverbend", bytes(32))) == "malformed"
    )


def _signed_anyway(phone: Phone, **changes: Any) -> dict[str, Any]:
    """A certificate that `sign` would not write: it reads again what it signs."""
    good = parse_envelope(phone.certificate())
    payload = serialise(json.loads(good.payload_bytes) | changes)
    signature = phone.identity.sign(pre_authentication_encoding(good.payloadType, payload)).signature
    signed = {"keyid": phone.person, "sig": encode_base64url(signature)}
    return {"payload": encode_base64url(payload), "payloadType": good.payloadType, "signatures": [signed]}
