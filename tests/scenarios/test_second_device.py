"""One person with two devices at the same time (SPEC S4.9, S4.10, S6.7), and who attacks that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from inscope_server.accounts.tables import devices
from inscope_server.errors import Refusal
from scenarios.hospital import Hospital
from scenarios.test_replaced_device import events, thread_of
from world.device import Device
from world.session import PASSPHRASE, Failed, Session


async def device_of(session: Session) -> str:
    (own,) = [one["device"] for one in await session.devices() if one["current"]]
    return str(own)


@pytest.fixture
async def case(intern: Session, specialist: Session) -> str:
    thread: str = await intern.createThread("case", "direct-care-advice", "Left forearm", [specialist.person])
    await specialist.wait(thread=thread, title="Left forearm")
    return thread


async def test_two_devices_in_one_case_share_open_and_take_back(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    consent = await intern.recordConsent(case, hospital.draft([intern, specialist]))
    await specialist.wait(consent=consent)
    desktop = await hospital.beside(intern)
    await desktop.wait(thread=case, title="Left forearm", consent=consent, messages=3)
    (view,) = await desktop.consents()
    assert (view["record"]["patientName"], view["mine"]) == ("Alex Canary", True)
    told = await thread_of(specialist, case)
    assert (len(told["people"]), told["outdated"]) == (2, []), "a person is counted once"
    another = [one for one in await events(specialist, case) if one["kind"] == "another"]
    assert [one["person"] for body in another for one in body["people"]] == [intern.person]
    await desktop.attach(case, consent, [hospital.xray()], "from the ward")
    await intern.attach(case, consent, [hospital.xray()], "from the phone")
    for session in (intern, desktop, specialist):
        await session.wait(thread=case, images=2)
        images = [one for body in await events(session, case) if body["kind"] == "images" for one in body["images"]]
        for image in images:
            assert (await session.open(case, image["disclosure"]))["bytes"]
    mine = [one["mine"] for one in await desktop.messages(case) if one["body"]["kind"] == "images"]
    assert mine == [True, True]
    assert (await thread_of(intern, case))["unread"] == (await thread_of(desktop, case))["unread"] == 0
    opened = {one["person"]["person"] for one in await specialist.openings(images[0]["disclosure"])}
    assert opened == {intern.person, specialist.person}
    await desktop.removeImage(images[1]["disclosure"])
    await specialist.wait(disclosure=images[1]["disclosure"], state="destroyed")
    await desktop.withdrawConsent(consent)
    for session in (intern, desktop, specialist):
        await session.wait(disclosure=images[0]["disclosure"], state="destroyed")
        with pytest.raises(Failed, match="disclosure_closed"):
            await session.open(case, images[0]["disclosure"])


async def test_what_was_said_before_comes_along_where_its_person_shares_it_with_themselves(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    consent = await intern.recordConsent(case, hospital.draft([intern, specialist]))
    await intern.attach(case, consent, [hospital.xray()], "Is this displaced?")
    await specialist.wait(thread=case, images=1)
    await specialist.sendText(case, "Undisplaced")
    await intern.wait(thread=case, text="Undisplaced")
    desktop = await hospital.beside(intern)
    await desktop.wait(thread=case, title="Left forearm", consent=consent)
    assert not await images_of(desktop, case)
    offer = await intern.historyOffer(case, [intern.person], None)
    assert (offer["messages"], len(offer["images"])) == (2, 1)
    await intern.shareHistory(case, [intern.person], None)
    await desktop.wait(thread=case, shared=2, images=1)
    (image,) = await images_of(desktop, case)
    assert (await desktop.open(case, image["disclosure"]))["bytes"] == hospital.xray()["bytes"]
    assert [one["kind"] for one in await events(desktop, case)].count("another") == 1
    assert len(await images_of(specialist, case)) == 1, "who was there has it already"
    await intern.withdrawConsent(consent)
    await desktop.wait(disclosure=image["disclosure"], state="destroyed")


async def images_of(session: Session, thread: str) -> list[Any]:
    return [one for body in await events(session, thread) if body["kind"] == "images" for one in body["images"]]


async def test_it_is_brought_into_every_thread_and_into_each_new_one(
    hospital: Hospital, intern: Session, specialist: Session, colleague: Session, case: str
) -> None:
    others = [await intern.createThread("case", "direct-care-advice", f"Case {n}", []) for n in range(3)]
    social = await colleague.createThread("social", "none", "Interns", [intern.person])
    await intern.wait(thread=social, title="Interns")
    desktop = await hospital.beside(intern)
    await intern.wait(brought=await device_of(desktop), timeout=60_000)
    for thread in (case, social, *others):
        await desktop.wait(thread=thread)
    assert await intern.deviceThreads(await device_of(desktop)) == {"here": 5, "all": 5, "underWay": False}
    invited = await colleague.createThread("case", "direct-care-advice", "Both of them", [intern.person])
    for session in (intern, desktop):
        await session.wait(thread=invited, title="Both of them")
    own = await desktop.createThread("case", "direct-care-advice", "From the desktop", [specialist.person])
    for session in (intern, specialist):
        await session.wait(thread=own, title="From the desktop")
    assert (await thread_of(intern, own))["outdated"] == []


async def test_bringing_it_in_goes_on_after_a_break(hospital: Hospital, intern: Session, case: str) -> None:
    await hospital.enrol(hospital.riverbend, "Nora Lind")
    threads = [await intern.createThread("case", "direct-care-advice", f"Case {n}", []) for n in range(4)]
    new, joined = await hospital.joining(intern)
    await intern.wait(offer="asked")
    await intern.confirmDevice((await new.joining())["number"])
    await intern.reload()
    await joined
    await new.wait(line="online")
    await intern.unlock(PASSPHRASE)
    await intern.wait(brought=await device_of(new), timeout=60_000)
    for thread in (case, *threads):
        await new.wait(thread=thread)


async def test_both_hear_and_each_is_locked_by_itself(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    desktop = await hospital.beside(intern)
    await desktop.wait(thread=case)
    await intern.lock()
    await specialist.sendText(case, "Heard by the desktop alone")
    await desktop.wait(thread=case, text="Heard by the desktop alone")
    await desktop.sendText(case, "Said from the desktop")
    await intern.unlock(PASSPHRASE)
    await intern.wait(thread=case, text="Said from the desktop")
    said = {one["body"]["text"]: one["mine"] for one in await intern.messages(case) if one["body"]["kind"] == "text"}
    assert said == {"Heard by the desktop alone": False, "Said from the desktop": True}
    assert (await thread_of(intern, case))["unread"] == 1, "of another, and not of oneself"


async def test_revoking_one_leaves_the_other_and_takes_it_out_of_threads(
    hospital: Hospital, intern: Session, specialist: Session, case: str
) -> None:
    consent = await intern.recordConsent(case, hospital.draft([intern, specialist]))
    desktop = await hospital.beside(intern)
    await desktop.wait(thread=case, consent=consent)
    phone = await device_of(intern)
    await desktop.revokeDevice(phone)
    await intern.wait(status="new", timeout=20_000)
    await desktop.wait(brought=await device_of(desktop), timeout=20_000)
    async with asyncio.timeout(20):
        while [one["kind"] for one in await events(specialist, case)].count("fewer") < 1:
            await asyncio.sleep(0.05)
    assert [one["kind"] for one in await events(specialist, case)].count("left") == 0
    await desktop.attach(case, consent, [hospital.xray()], "images go on")
    await specialist.wait(thread=case, images=1)
    assert await desktop.mayAddDevices() is False
    assert (await thread_of(specialist, case))["outdated"] == []


async def test_a_new_invitation_ends_both(hospital: Hospital, intern: Session, case: str) -> None:
    desktop = await hospital.beside(intern)
    again = await hospital.replace(hospital.riverbend, intern)
    for session in (intern, desktop):
        await session.wait(unconfirmed="device_replaced", timeout=20_000)
    assert await again.mayAddDevices() is True


async def test_a_wrong_number_lets_nobody_in(hospital: Hospital, intern: Session) -> None:
    new, joined = await hospital.joining(intern)
    await intern.wait(offer="asked")
    right = (await new.joining())["number"]
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(3):
        with pytest.raises(Failed, match="wrong_number"):
            await intern.confirmDevice(wrong)
    with pytest.raises(Failed, match="link_invalid"):
        await intern.confirmDevice(right)
    with pytest.raises(Failed, match="device_not_added"):
        await joined
    assert (await intern.deviceOffer())["state"] == "wrong_number"
    assert (await new.status(), await new.erasedBecause()) == ("new", "device_not_added")
    assert len(await intern.devices()) == 1


async def test_who_is_quicker_with_a_photographed_link_shows_no_number_to_its_owner(
    hospital: Hospital, intern: Session
) -> None:
    thief, stolen = await hospital.joining(intern)
    owner = Session(hospital.driver, "the owner's desktop")
    await hospital.driver.call(owner.name, "start", {"origin": hospital.running.origin})
    with pytest.raises(Failed, match="link_invalid"):
        await owner.join((await intern.deviceOffer())["link"], PASSPHRASE, "Mine")
    await intern.wait(offer="asked")
    await intern.endDeviceOffer()
    with pytest.raises(Failed, match="device_not_added"):
        await stolen
    assert await thief.threads() == []
    assert len(await intern.devices()) == 1


async def test_a_server_that_puts_a_key_of_its_own_there_is_found_out(
    hospital: Hospital, intern: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = hospital.running.server.accounts.device_links
    honest = links.offered

    async def dishonest(caller: Any) -> Any:
        told = await honest(caller)
        if told is not None and "asking" in told:
            told["asking"]["device_key"] = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"
        return told

    monkeypatch.setattr(links, "offered", dishonest)
    await intern.offerDevice(PASSPHRASE)
    new = Session(hospital.driver, "the desktop")
    await hospital.driver.call(new.name, "start", {"origin": hospital.running.origin})
    joining = asyncio.create_task(new.join((await intern.deviceOffer())["link"], PASSPHRASE, "Mine"))
    await intern.wait(offer="not_proven")
    with pytest.raises(Failed, match="link_invalid"):
        await intern.confirmDevice("000000")
    with pytest.raises(Failed, match="device_not_added"):
        await joining


async def test_what_asked_cannot_become_another_once_the_number_can_be_known(
    hospital: Hospital, intern: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that helps a thief, and breaks off just when the first device tells what it had committed to."""
    links = hospital.running.server.accounts.device_links
    honest, reveal, told = links.offered, links.reveal, []

    async def breaks_off(caller: Any, opened: str) -> None:
        told.append(opened)
        if len(told) == 1:
            raise Refusal("server_busy")
        await reveal(caller, opened)

    async def another(caller: Any) -> Any:
        shown = await honest(caller)
        if told and shown is not None:
            shown["asking"] = {**shown["asking"], "label": "The thief's"}
        return shown

    monkeypatch.setattr(links, "reveal", breaks_off)
    monkeypatch.setattr(links, "offered", another)
    new, joined = await hospital.joining(intern)
    assert len(told) == 2
    assert (await intern.deviceOffer())["label"] == "Ward desktop"
    await intern.confirmDevice((await new.joining())["number"])
    await joined


@pytest.mark.parametrize("field", ["identity_key", "organisation_key", "person", "commitment"])
async def test_a_server_that_says_otherwise_than_the_link_is_not_believed(
    hospital: Hospital, intern: Session, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    links = hospital.running.server.accounts.device_links
    honest = links.look

    async def dishonest(token: bytes, address: str) -> Any:
        other = "per_" + "A" * 22 if field == "person" else "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"
        return {**await honest(token, address), field: other}

    monkeypatch.setattr(links, "look", dishonest)
    await intern.offerDevice(PASSPHRASE)
    new = Session(hospital.driver, "the desktop")
    await hospital.driver.call(new.name, "start", {"origin": hospital.running.origin})
    with pytest.raises(Failed, match="link_invalid"):
        await new.join((await intern.deviceOffer())["link"], PASSPHRASE, "Mine")
    assert await new.status() == "new"


async def test_who_waits_goes_on_after_a_reload_and_an_offer_too(hospital: Hospital, intern: Session) -> None:
    new, joined = await hospital.joining(intern)
    joined.cancel()
    number = (await new.joining())["number"]
    await new.reload()
    await intern.reload()
    await intern.unlock(PASSPHRASE)
    await intern.wait(offer="asked")
    await new.unlock(PASSPHRASE)
    await new.wait(numbered=True)
    assert (await new.joining())["number"] == number
    await intern.confirmDevice(number)
    await new.wait(status="ready", line="online")
    assert await new.mayAddDevices() is False


async def test_who_has_two_devices_of_one_key_is_named_and_the_others_can_be_added(
    hospital: Hospital, intern: Session, colleague: Session
) -> None:
    """As a server could have it that notes no keys: with one key twice in it, nobody could change the thread again."""
    thread = await intern.createThread("case", "direct-care-advice", "Left forearm", [])
    first = Device(hospital.running, await hospital.coastal.invite("Nora Lind"), hospital.coastal)
    await first.enrol()
    async with hospital.running.server.database.write() as tx:
        await tx.execute(update(devices).values(device_key=None))
    twin = await first.beside(seed=first.seed)
    with pytest.raises(Failed) as failed:
        await intern.addPeople(thread, [first.me, colleague.person])
    assert (failed.value.code, failed.value.named) == ("device_key_doubled", [("device_key_doubled", first.me)])
    await intern.addPeople(thread, [colleague.person])
    await colleague.wait(thread=thread, title="Left forearm")
    await asyncio.gather(first.close(), twin.close())
