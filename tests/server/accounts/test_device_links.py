"""A device beside the first (SPEC S4.9): what the server takes, and of whom."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest
from nacl.signing import SigningKey

from inscope_protocol import device_link as links
from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_server.accounts import device_link_store
from inscope_server.accounts.device_links import Asking, DeviceLinks
from inscope_server.audit.store import all_entries
from inscope_server.errors import Refusal
from server.accounts.clinic import ADDRESS, DAY, START, Clinic, Phone, identifier, refused

MINUTE = 60_000
LABEL = "Ward 7"


@dataclass
class Link:
    """What the first device draws, and what a new one makes of it."""

    phone: Phone
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    opened: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    device: str = field(default_factory=lambda: identifier("dev"))
    key: SigningKey = field(default_factory=SigningKey.generate)

    @property
    def token(self) -> bytes:
        return links.device_link_token(self.secret)

    @property
    def told(self) -> tuple[str, str]:
        token_hash = links.device_link_token_hash(self.token)
        return encode_base64url(token_hash), encode_base64url(links.device_link_commitment(self.opened))

    def asking(self, **changes: Any) -> Asking:
        key = bytes(self.key.verify_key)
        identity = bytes(self.phone.identity.verify_key)
        proof = links.device_link_proof(
            self.secret, identity, self.phone.person, links.AskingDevice(self.device, key, LABEL)
        )
        said = {"device": self.device, "device_key": encode_base64url(key), "label": LABEL}
        return Asking(**said | {"proof": encode_base64url(proof)} | changes)

    def certificate(self, **changes: Any) -> dict[str, Any]:
        key = encode_base64url(bytes(self.key.verify_key))
        return self.phone.certificate(**{"device": self.device, "device_key": key, "label": LABEL} | changes)

    def signs_in(self, clinic: Clinic) -> dict[str, Any]:
        sessions, origin = clinic.accounts.sessions, clinic.server.config.origin
        new = Phone(self.phone.person, b"", self.phone.home, self.device, key=self.key)
        return new.sign_in(sessions.nonce(self.device), origin)


@pytest.fixture
async def phone(clinic: Clinic) -> Phone:
    return await clinic.enrolled(await clinic.organisation("Riverbend"), "Ines Moreau")


@pytest.fixture
def service(clinic: Clinic) -> DeviceLinks:
    return clinic.accounts.device_links


async def offered(clinic: Clinic, phone: Phone) -> Link:
    link = Link(phone)
    await clinic.accounts.device_links.offer(await clinic.caller(phone), *link.told)
    return link


async def asked(clinic: Clinic, phone: Phone) -> Link:
    link = await offered(clinic, phone)
    await clinic.accounts.device_links.ask(link.token, link.asking(), ADDRESS)
    return link


async def added(clinic: Clinic, phone: Phone) -> Link:
    link = await asked(clinic, phone)
    await clinic.accounts.device_links.add(await clinic.caller(phone), link.certificate())
    return link


async def test_a_device_comes_beside_the_first_and_both_are_let_in(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    caller, link = await clinic.caller(phone), Link(phone)
    assert await service.offered(caller) is None
    assert await service.offer(caller, *link.told) == START + 10 * MINUTE
    shown = await service.look(link.token, ADDRESS)
    pin = links.device_link_pin(
        decode_base64url(shown["organisation_key"]), decode_base64url(shown["identity_key"]), shown["organisation"],
        shown["person"], decode_base64url(shown["commitment"]),
    )  # fmt: skip
    assert pin == links.device_link_pin(
        bytes(phone.home.key.verify_key), bytes(phone.identity.verify_key), phone.home.organisation, phone.person,
        links.device_link_commitment(link.opened),
    )  # fmt: skip
    clinic.hands.time += 5 * MINUTE
    assert await service.ask(link.token, link.asking(), ADDRESS) == START + 15 * MINUTE, "ten minutes from then on"
    told = await service.offered(caller)
    assert told is not None
    assert told["asking"] == {
        "device": link.device, "device_key": encode_base64url(bytes(link.key.verify_key)), "label": LABEL,
        "proof": link.asking().proof,
    }  # fmt: skip
    assert (await service.state(link.token, link.device, ADDRESS))["state"] == "asked"
    await service.reveal(caller, encode_base64url(link.opened))
    state = await service.state(link.token, link.device, ADDRESS)
    assert (state["state"], state["opened"]) == ("met", encode_base64url(link.opened))
    assert await refused(clinic.accounts.sessions.sign_in(link.signs_in(clinic))) == "not_signed_in"
    await service.add(caller, link.certificate(now=clinic.hands.time))
    await service.add(caller, link.certificate(now=clinic.hands.time))
    assert (await service.state(link.token, link.device, ADDRESS))["state"] == "added"
    session = await clinic.accounts.sessions.sign_in(link.signs_in(clinic))
    new = await clinic.accounts.caller(session.secret)
    assert new
    assert (new.person, new.device, new.attested) == (phone.person, link.device, True)
    listed = {one["device"]: one for one in await clinic.accounts.own_devices(new)}
    assert {name: (one["confirmed"], one["invited"]) for name, one in listed.items()} == {
        phone.device: (True, True), link.device: (True, False),
    }  # fmt: skip


async def test_one_entry_of_the_log_tells_of_it(clinic: Clinic, phone: Phone) -> None:
    link = await added(clinic, phone)
    await clinic.accounts.device_links.add(await clinic.caller(phone), link.certificate())
    async with clinic.server.database.read() as tx:
        entries = [json.loads(row.body) for row in await all_entries(tx)]
    told = [one for one in entries if one["event"] == "device"]
    assert [(one["person"], one["device"], one["outcome"]) for one in told] == [(phone.person, link.device, "recorded")]


async def test_of_twenty_that_ask_one_is_taken(clinic: Clinic, service: DeviceLinks, phone: Phone) -> None:
    link = await offered(clinic, phone)
    tries = [service.ask(link.token, link.asking(device=identifier("dev")), ADDRESS) for _ in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == sorted(["int"] + ["Refusal"] * 19)
    assert {one.code for one in results if isinstance(one, Refusal)} == {"link_invalid"}


async def test_what_is_wrong_with_a_link_is_answered_alike(clinic: Clinic, service: DeviceLinks, phone: Phone) -> None:
    used, other = await asked(clinic, phone), await clinic.enrolled(phone.home, "Tom Alder")
    over = await offered(clinic, other)
    clinic.hands.time += 10 * MINUTE
    given_up, never = await offered(clinic, phone), Link(phone)
    await service.give_up(await clinic.caller(phone))
    answers = []
    for link in (used, over, given_up, never):
        for act in (
            service.look(link.token, ADDRESS), service.ask(link.token, link.asking(), ADDRESS),
            service.state(link.token, identifier("dev"), ADDRESS),
        ):  # fmt: skip
            with pytest.raises(Refusal) as caught:
                await act
            answers.append((caught.value.status, caught.value.as_data()))
    assert answers[0][1]["error"]["code"] == "link_invalid"
    assert all(answer == answers[0] for answer in answers)


async def test_guessing_tokens_is_slowed_for_that_address_only(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    codes = [await refused(service.look(bytes(32), ADDRESS)) for _ in range(25)]
    assert (codes[0], codes[-1]) == ("link_invalid", "rate_limited")
    link = await offered(clinic, phone)
    assert await service.look(link.token, ADDRESS), "a right one is never slowed"


async def test_only_the_device_that_asked_hears_how_it_stands(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    link = await asked(clinic, phone)
    assert await refused(service.state(link.token, phone.device, ADDRESS)) == "link_invalid"
    await service.give_up(await clinic.caller(phone))
    assert (await service.state(link.token, link.device, ADDRESS))["state"] == "ended"


async def test_a_link_ends_with_the_next_and_with_its_device(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    first, second = await offered(clinic, phone), await offered(clinic, phone)
    assert await refused(service.look(first.token, ADDRESS)) == "link_invalid"
    assert await service.look(second.token, ADDRESS)
    await clinic.accounts.sessions.revoke(await clinic.caller(phone), phone.device)
    assert await refused(service.look(second.token, ADDRESS)) == "link_invalid"


async def test_what_is_opened_is_what_was_committed_to(clinic: Clinic, service: DeviceLinks, phone: Phone) -> None:
    link, caller = await offered(clinic, phone), await clinic.caller(phone)
    assert await refused(service.reveal(caller, encode_base64url(link.opened))) == "link_invalid", "nobody asked"
    await service.ask(link.token, link.asking(), ADDRESS)
    assert await refused(service.reveal(caller, encode_base64url(bytes(32)))) == "statement_mismatch"
    assert "opened" not in await service.state(link.token, link.device, ADDRESS)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"device_key": encode_base64url(bytes(SigningKey.generate().verify_key))}, "statement_mismatch"),
        ({"device": identifier("dev")}, "statement_mismatch"),
        ({"label": "Another"}, "statement_mismatch"),
        ({"identity_key": encode_base64url(bytes(SigningKey.generate().verify_key))}, "statement_mismatch"),
        ({"person": identifier("per")}, "wrong_signer"),
        ({"valid_until": START}, "malformed"),
        ({"now": START + DAY}, "malformed"),
    ],
    ids=["key", "device", "label", "identity", "person", "over", "clock"],
)
async def test_a_certificate_of_anything_but_what_asked_is_refused(
    clinic: Clinic, service: DeviceLinks, phone: Phone, changes: dict[str, Any], code: str
) -> None:
    link = await asked(clinic, phone)
    assert await refused(service.add(await clinic.caller(phone), link.certificate(**changes))) == code
    assert [one["device"] for one in await clinic.accounts.own_devices(await clinic.caller(phone))] == [phone.device]


async def test_what_asked_by_a_link_that_is_over_or_given_up_is_not_added(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    caller, link = await clinic.caller(phone), await asked(clinic, phone)
    clinic.hands.time += 10 * MINUTE
    assert await refused(service.add(caller, link.certificate())) == "link_invalid"
    given_up = await asked(clinic, phone)
    await service.give_up(caller)
    assert await refused(service.add(caller, given_up.certificate())) == "link_invalid"
    assert await refused(service.add(caller, (await offered(clinic, phone)).certificate())) == "link_invalid"


async def test_nobody_elses_session_or_identity_key_adds_it(clinic: Clinic, service: DeviceLinks, phone: Phone) -> None:
    other, link = await clinic.enrolled(phone.home, "Tom Alder"), await asked(clinic, phone)
    theirs = await asked(clinic, other)
    assert await refused(service.add(await clinic.caller(other), link.certificate())) == "bad_signature"
    foreign = Phone(phone.person, b"", phone.home, identity=other.identity)
    under_theirs = Link(foreign, link.secret, link.opened, link.device, link.key).certificate()
    assert await refused(service.add(await clinic.caller(phone), under_theirs)) == "bad_signature"
    assert await refused(service.add(await clinic.caller(phone), theirs.certificate())) == "bad_signature"


async def test_one_under_an_identity_key_that_was_replaced_is_refused(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    beside, link = await added(clinic, phone), await asked(clinic, phone)
    again, envelope = clinic.invitation(phone.home, "Ines Moreau", person=phone.person)
    await clinic.accounts.enrolments.invite(envelope)
    again.session = await clinic.redeem(again)
    await clinic.attest(again, "Ines Moreau", serial=2)
    assert await refused(service.add(await clinic.caller(phone), link.certificate())) == "not_attested"
    assert await refused(service.state(link.token, link.device, ADDRESS)) == "link_invalid"
    listed = {one["device"]: one["confirmed"] for one in await clinic.accounts.own_devices(await clinic.caller(again))}
    assert listed == {phone.device: False, beside.device: False, again.device: True}, "all of the old key are void"


async def test_a_revoked_first_device_adds_none_and_leaves_the_other(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    beside, link, caller = await added(clinic, phone), await asked(clinic, phone), await clinic.caller(phone)
    session = await clinic.accounts.sessions.sign_in(beside.signs_in(clinic))
    new = await clinic.accounts.caller(session.secret)
    assert new
    await clinic.accounts.sessions.revoke(new, phone.device)
    assert await refused(service.add(caller, link.certificate())) == "not_attested"
    assert await clinic.accounts.caller(session.secret) == new
    listed = {one["device"]: "revoked_at" in one for one in await clinic.accounts.own_devices(new)}
    assert listed == {phone.device: True, beside.device: False}


async def test_a_person_has_five_devices_at_most(clinic: Clinic, service: DeviceLinks, phone: Phone) -> None:
    beside = [await added(clinic, phone) for _ in range(4)]
    caller = await clinic.caller(phone)
    assert await refused(offered(clinic, phone)) == "too_large"
    await clinic.accounts.sessions.revoke(caller, beside[0].device)
    assert await added(clinic, phone)


async def test_one_whose_certificate_begins_in_a_moment_counts_already(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    caller = await clinic.caller(phone)
    for _ in range(4):
        link = await asked(clinic, phone)
        await service.add(caller, link.certificate(created_at=START + 5 * MINUTE))
    assert await refused(offered(clinic, phone)) == "too_large"
    clinic.hands.time += 5 * MINUTE
    assert sum(one["confirmed"] for one in await clinic.accounts.own_devices(caller)) == 5


async def test_one_whose_certificate_is_over_or_void_counts_no_more(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    for _ in range(4):
        link = await asked(clinic, phone)
        await service.add(await clinic.caller(phone), link.certificate(valid_until=START + MINUTE))
    clinic.hands.time += MINUTE
    for _ in range(4):
        await added(clinic, phone)
    again, envelope = clinic.invitation(phone.home, "Ines Moreau", person=phone.person)
    await clinic.accounts.enrolments.invite(envelope)
    again.session = await clinic.redeem(again)
    await clinic.attest(again, "Ines Moreau", serial=2)
    assert await added(clinic, again), "those of the key that was replaced are void"


async def test_a_device_that_was_asked_for_before_the_fifth_came_is_not_added_after_it(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    """By the device beside the first, which the server cannot tell from one that holds the identity key."""
    for _ in range(3):
        beside = await added(clinic, phone)
    session = await clinic.accounts.sessions.sign_in(beside.signs_in(clinic))
    other = await clinic.accounts.caller(session.secret)
    assert other
    link, last = await asked(clinic, phone), Link(phone)
    await service.offer(other, *last.told)
    await service.ask(last.token, last.asking(), ADDRESS)
    await service.add(await clinic.caller(phone), link.certificate())
    assert await refused(service.add(other, last.certificate())) == "too_large"


async def test_offers_are_slowed_for_each_person(clinic: Clinic, service: DeviceLinks, phone: Phone) -> None:
    for _ in range(10):
        await offered(clinic, phone)
    assert await refused(offered(clinic, phone)) == "rate_limited"
    clinic.hands.time += MINUTE
    assert await offered(clinic, phone)


async def test_a_label_that_hides_something_is_refused(clinic: Clinic, service: DeviceLinks, phone: Phone) -> None:
    link = await offered(clinic, phone)
    assert await refused(service.ask(link.token, link.asking(label="Dr\u202e"), ADDRESS)) == "malformed"
    assert await service.look(link.token, ADDRESS), "and uses nothing up"


async def test_what_has_the_key_of_another_device_is_not_added(
    clinic: Clinic, service: DeviceLinks, phone: Phone
) -> None:
    """Also where it came to be another's only after it had asked."""
    late = await clinic.invited(phone.home, "Nora Lind")
    link = await offered(clinic, phone)
    link.key = late.key
    await service.ask(link.token, link.asking(), ADDRESS)
    await clinic.redeem(late)
    assert await refused(service.add(await clinic.caller(phone), link.certificate())) == "malformed"
    assert [one["device"] for one in await clinic.accounts.own_devices(await clinic.caller(phone))] == [phone.device]


async def test_giving_up_after_it_was_added_changes_nothing(clinic: Clinic, service: DeviceLinks, phone: Phone) -> None:
    """Else the new device would be told that it is not let in, while it is."""
    link = await added(clinic, phone)
    await service.give_up(await clinic.caller(phone))
    assert (await service.state(link.token, link.device, ADDRESS))["state"] == "added"
    assert await clinic.accounts.sessions.sign_in(link.signs_in(clinic))


@pytest.mark.parametrize("act", ["reveal", "add"])
async def test_what_meets_a_link_that_is_given_up_does_not_revive_it(
    clinic: Clinic, service: DeviceLinks, phone: Phone, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """The owner says "not mine" between the look at the link and what is done with it: whichever is first stands."""
    caller, link, read = await clinic.caller(phone), await asked(clinic, phone), device_link_store.of_device
    first: list[bool] = []

    async def meanwhile(*given: Any) -> Any:
        row = await read(*given)
        giving_up = asyncio.create_task(service.give_up(caller))
        first.append(giving_up in (await asyncio.wait([giving_up], timeout=0.2))[0])
        tasks.append(giving_up)
        return row

    tasks: list[asyncio.Task[None]] = []
    monkeypatch.setattr(device_link_store, "of_device", meanwhile)
    done = (
        service.add(caller, link.certificate())
        if act == "add"
        else service.reveal(caller, encode_base64url(link.opened))
    )
    (result,) = await asyncio.gather(done, return_exceptions=True)
    await asyncio.gather(*tasks)
    state = (await service.state(link.token, link.device, ADDRESS))["state"]
    if first[0]:
        assert (getattr(result, "code", None), state) == ("link_invalid", "ended")
    else:
        assert (result, state) == (None, "added" if act == "add" else "ended")
    there = [one["device"] for one in await clinic.accounts.own_devices(caller)]
    assert (link.device in there) == (state == "added")


@pytest.mark.parametrize("whose", ["own", "another"])
@pytest.mark.parametrize("what", ["device", "device_key"])
async def test_who_asks_as_a_device_that_is_there_learns_no_more_than_that_the_link_is_over(
    clinic: Clinic, service: DeviceLinks, phone: Phone, whose: str, what: str
) -> None:
    there = phone if whose == "own" else await clinic.enrolled(phone.home, "Tom Alder")
    said = {"device": there.device, "device_key": encode_base64url(bytes(there.key.verify_key))}
    link = await offered(clinic, phone)
    for changes in ({what: said[what]}, {}):
        with pytest.raises(Refusal) as caught:
            await service.ask(link.token, link.asking(**changes), ADDRESS)
        assert caught.value.as_data() == Refusal("link_invalid").as_data()
    assert await refused(service.look(link.token, ADDRESS)) == "link_invalid", "there is no second try by one link"
    assert await service.offered(await clinic.caller(phone)) is None


@pytest.mark.parametrize("key", [bytes(32), bytes([1]) + bytes(31), b"\xff" * 32], ids=["zero", "neutral", "no point"])
async def test_a_key_that_binds_nobody_does_not_ask(
    clinic: Clinic, service: DeviceLinks, phone: Phone, key: bytes
) -> None:
    """S3.8, as its certificate would be; the link is as it was."""
    link = await offered(clinic, phone)
    asking = link.asking(device_key=encode_base64url(key))
    assert await refused(service.ask(link.token, asking, ADDRESS)) == "malformed"
    assert await service.ask(link.token, link.asking(), ADDRESS)
