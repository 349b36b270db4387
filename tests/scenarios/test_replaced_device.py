"""A person whose device another takes the place of: in threads (SPEC S6.7), in consents, on the old device (S4.8)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from scenarios.hospital import DAY, Hospital
from world.session import PASSPHRASE, Failed, Session


async def thread_of(session: Session, thread: str) -> Any:
    (found,) = [one for one in await session.threads() if one["thread"] == thread]
    return found


async def until_outdated(session: Session, thread: str, **expected: Any) -> None:
    """Until just one member is said to have other devices than those in the thread."""
    async with asyncio.timeout(20):
        while [
            {k: v for k, v in one.items() if k != "person"} for one in (await thread_of(session, thread))["outdated"]
        ] != [expected]:
            await asyncio.sleep(0.02)


async def events(session: Session, thread: str) -> list[Any]:
    return [one["body"] for one in await session.messages(thread)]


@pytest.fixture
async def case(intern: Session, specialist: Session) -> str:
    thread: str = await intern.createThread("case", "direct-care-advice", "Left forearm", [specialist.person])
    await specialist.wait(thread=thread, title="Left forearm")
    return thread


async def test_whose_device_was_replaced_is_said_not_to_read_and_gets_the_new_one_in_its_place(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    consent = await intern.recordConsent(case, hospital.draft([intern, specialist]))
    await intern.attach(case, consent, [hospital.xray()], "before")
    await specialist.wait(thread=case, images=1)
    again = await hospital.replace(hospital.riverbend, intern)
    await until_outdated(specialist, case, ended=True, fresh=True, reads=False)
    assert await again.threads() == []
    await specialist.addPeople(case, [intern.person])
    told = await thread_of(specialist, case)
    assert (told["outdated"], len(told["people"])) == ([], 2)
    joined, renewed = [one for one in await events(specialist, case) if one["kind"] in ("joined", "left", "renewed")]
    assert (joined["kind"], [one["person"] for one in joined["people"]]) == ("joined", [specialist.person])
    assert (renewed["kind"], [one["name"] for one in renewed["people"]]) == (
        "renewed",
        [hospital.riverbend.people[intern.person].name],
    )
    await again.wait(thread=case, title="Left forearm")
    await specialist.sendText(case, "Can you read this?")
    await again.wait(thread=case, text="Can you read this?")
    await again.wait(consent=consent)
    await specialist.attach(case, consent, [hospital.xray()], "and this?")
    await again.wait(thread=case, images=1)
    (image,) = [one for body in await events(again, case) if body["kind"] == "images" for one in body["images"]]
    assert (await again.open(case, image["disclosure"]))["bytes"]


async def test_a_device_that_was_only_revoked_is_said_to_have_ended_too(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    (own,) = (await intern.raw("GET", "/api/devices"))["body"]["devices"]
    assert (await intern.raw("POST", f"/api/devices/{own['device']}/revoke", {}))["status"] == 200
    await until_outdated(specialist, case, ended=True, fresh=False, reads=False)
    with pytest.raises(Failed, match="no_key_packages"):
        await specialist.addPeople(case, [intern.person])
    again = await hospital.replace(hospital.riverbend, intern)
    await until_outdated(specialist, case, ended=True, fresh=True, reads=False)
    await specialist.addPeople(case, [intern.person])
    await again.wait(thread=case, title="Left forearm")


async def test_an_attestation_that_only_lapsed_ends_no_device(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    await hospital.riverbend.attest(hospital.riverbend.people[intern.person], lasts=1)
    await intern.wait(unconfirmed="not_attested", timeout=20_000)
    assert (await thread_of(specialist, case))["outdated"] == []


async def test_the_new_device_knows_the_consents_that_the_old_one_recorded(
    hospital: Hospital, intern: Session, specialist: Session, colleague: Session, case: str
) -> None:
    """By whom and when they were recorded, too: what is handed on is not the doing of who hands it on."""
    consent = await intern.recordConsent(case, hospital.draft([intern, specialist, colleague]))
    await specialist.wait(consent=consent)
    again = await hospital.replace(hospital.riverbend, intern)
    await until_outdated(specialist, case, ended=True, fresh=True, reads=False)
    await specialist.addPeople(case, [intern.person])
    await again.wait(thread=case, consent=consent, messages=3)
    (view,) = await again.consents()
    assert view["record"]["patientName"] == "Alex Canary"
    assert (await thread_of(again, case))["consents"] == [consent]
    (handed,) = [one for one in await events(again, case) if one["kind"] == "consent-record"]
    assert (handed["handedOn"], handed["change"]) == (True, "recorded")
    (recorded,) = [
        one for one in await events(specialist, case) if one["kind"] == "consent-record" and not one["handedOn"]
    ]
    assert recorded["change"] == "recorded"


async def test_who_joins_while_an_ended_device_is_still_there_can_join(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    """A newcomer who never heard of the replaced identity key verifies the leaf that it certified."""
    consent = await intern.recordConsent(
        case, hospital.draft([intern, specialist], validUntil=hospital.running.clock.now() + DAY)
    )
    await specialist.wait(consent=consent)
    await hospital.replace(hospital.riverbend, intern)
    await until_outdated(specialist, case, ended=True, fresh=True, reads=False)
    newcomer = await hospital.enrol(hospital.coastal, "Nora Lind")
    await specialist.addPeople(case, [newcomer.person])
    await newcomer.wait(thread=case, title="Left forearm", consent=consent)
    assert (await thread_of(newcomer, case))["trouble"] is None


async def test_a_replaced_device_says_so_and_promises_nothing(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    await hospital.replace(hospital.riverbend, intern)
    await intern.wait(unconfirmed="device_replaced", timeout=10_000)
    assert (await intern.unconfirmed())["since"] < hospital.running.clock.now()
    with pytest.raises(Failed, match="device_replaced"):
        await intern.sendText(case, "Is anybody there?")
    await intern.reload()
    await intern.unlock(PASSPHRASE)
    assert (await intern.unconfirmed())["code"] == "device_replaced", "at once, as it has heard of it before"
    await asyncio.sleep(1)  # By now it has asked again.
    assert (await intern.unconfirmed())["code"] == "device_replaced"
    assert [one["title"] for one in await intern.threads()] == ["Left forearm"], "what is on it can be read"
    assert [one["current"] for one in await intern.devices()] == [True], "it is told of itself alone"


async def test_a_replaced_device_revokes_no_other_and_can_be_forgotten(
    hospital: Hospital, intern: Session, case: str
) -> None:
    again = await hospital.replace(hospital.riverbend, intern)
    await intern.wait(unconfirmed="device_replaced", timeout=10_000)
    (new,) = [one["device"] for one in await again.devices() if one["current"]]
    with pytest.raises(Failed, match="device_replaced"):
        await intern.revokeDevice(new)
    await intern.erase()
    assert await intern.threads() == []
    (old,) = [one for one in await again.devices() if not one["current"]]
    assert old["revokedAt"] is not None


async def test_a_replaced_device_that_is_revoked_erases_itself_within_seconds(
    hospital: Hospital, intern: Session, case: str
) -> None:
    again = await hospital.replace(hospital.riverbend, intern)
    await intern.wait(unconfirmed="device_replaced", timeout=10_000)
    (old,) = [one["device"] for one in await again.devices() if not one["current"]]
    await again.revokeDevice(old)
    await intern.wait(status="new", timeout=10_000)
    assert (await intern.erasedBecause(), await intern.threads()) == ("device_revoked", [])


async def test_who_is_only_not_confirmed_at_present_is_not_told_of_another_device(
    hospital: Hospital, intern: Session, case: str
) -> None:
    person = hospital.riverbend.people[intern.person]
    await hospital.riverbend.attest(person, lasts=1)
    await intern.wait(unconfirmed="not_attested", timeout=10_000)
    with pytest.raises(Failed, match="not_attested"):
        await intern.sendText(case, "Is anybody there?")
    await hospital.riverbend.attest(person)
    await intern.wait(line="online", timeout=40_000)
    assert await intern.unconfirmed() is None
