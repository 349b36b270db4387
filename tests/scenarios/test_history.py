"""Earlier messages shared with who joins later, by real devices (SPEC S6.8, S6.9)."""

from __future__ import annotations

import asyncio
import copy
import os
from typing import Any, NamedTuple

import pytest

from scenarios.hospital import Hospital
from scenarios.test_filing import ADVICE, gateway, image, meet
from world.session import PASSPHRASE, Failed, Session

__all__ = ["gateway"]
ARROW = {"kind": "arrow", "start": {"x": 10, "y": 20}, "end": {"x": 450, "y": 600}, "text": "here"}
BEFORE = ["Hello", "Is this displaced?", ADVICE]


class Case(NamedTuple):
    thread: str
    consent: str
    disclosure: str


@pytest.fixture
async def intern(hospital: Hospital) -> Session:
    return await hospital.member("intern", previews=True)


@pytest.fixture
def picture(hospital: Hospital) -> dict[str, Any]:
    return hospital.xray(bytes=hospital.xray()["bytes"] + os.urandom(200_000))


@pytest.fixture
async def case(hospital, intern, specialist, colleague, picture) -> Case:
    """Two have spoken of an image, and one has drawn on it; a third, whom the consent covers, comes later."""
    thread = await intern.createThread("case", "direct-care-advice", "Leg", [specialist.person])
    await intern.sendText(thread, "Hello")
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist, colleague]))
    await intern.attach(thread, consent, [picture], "Is this displaced?")
    await specialist.wait(thread=thread, images=1)
    await specialist.sendText(thread, ADVICE)
    disclosure = (await image(specialist, thread))["disclosure"]
    await specialist.annotate(thread, disclosure, [ARROW])
    await intern.wait(thread=thread, text=ADVICE, annotations=1)
    return Case(thread, consent, disclosure)


async def join(case: Case, adder: Session, newcomer: Session) -> None:
    await adder.addPeople(case.thread, [newcomer.person])
    await newcomer.wait(thread=case.thread, title="Leg")


async def share(case: Case, sharer: Session, newcomer: Session) -> None:
    await sharer.shareHistory(case.thread, [newcomer.person], None)


async def said(session: Session, thread: str) -> list[str]:
    bodies = [one["body"] for one in await session.messages(thread)]
    return [body.get("text") or body["caption"] for body in bodies if body["kind"] in ("text", "images")]


async def kinds(session: Session, thread: str) -> list[str]:
    return [one["body"]["kind"] for one in await session.messages(thread)]


async def of_kind(session: Session, thread: str, kind: str) -> list[Any]:
    return [one for one in await session.messages(thread) if one["body"]["kind"] == kind]


async def test_who_joins_reads_nothing_from_before(case, intern, colleague):
    await join(case, intern, colleague)
    await intern.sendText(case.thread, "Welcome")
    await colleague.wait(thread=case.thread, text="Welcome")
    assert await said(colleague, case.thread) == ["Welcome"]
    assert (await kinds(colleague, case.thread))[0] == "joined"


async def test_what_is_shared_is_read_as_its_authors_own_before_the_joining(
    case, intern, specialist, colleague, picture
):
    await join(case, intern, colleague)
    offer = await intern.historyOffer(case.thread, [colleague.person], None)
    assert (offer["messages"], [one["disclosure"] for one in offer["images"]], offer["withheld"]) == (
        4, [case.disclosure], [],
    )  # fmt: skip
    await share(case, intern, colleague)
    await colleague.wait(thread=case.thread, shared=4)
    assert (await kinds(colleague, case.thread))[:5] == ["text", "images", "text", "annotation", "joined"]
    first, picture_message, advice, *_ = await colleague.messages(case.thread)
    assert [one["from"]["name"] for one in (first, picture_message, advice)] == [
        "Ines Moreau", "Ines Moreau", "Samuel Okafor",
    ]  # fmt: skip
    assert {one["sharedBy"]["name"] for one in (first, picture_message, advice)} == {"Ines Moreau"}
    assert first["at"] <= picture_message["at"] <= advice["at"]
    (line,) = await of_kind(colleague, case.thread, "history")
    assert (line["body"]["messages"], line["body"]["images"], line["body"]["toMe"]) == (4, 1, True)
    opened = await colleague.open(case.thread, case.disclosure)
    assert opened["bytes"] == picture["bytes"]
    assert await colleague.open(case.thread, opened["view"]["preview"])
    assert [one["marks"] for one in await colleague.annotations(case.thread, case.disclosure)] == [[ARROW]]
    assert "Theo Brandt" in [one["person"]["name"] for one in await intern.openings(case.disclosure)]


async def test_who_was_there_sees_a_line_and_nothing_twice(case, intern, specialist, colleague):
    await join(case, intern, colleague)
    await share(case, intern, colleague)
    await share(case, specialist, colleague)
    await colleague.wait(thread=case.thread, shared=4)
    for one in (intern, specialist, colleague):
        while len(await of_kind(one, case.thread, "history")) < 2:
            await asyncio.sleep(0.02)
        assert await said(one, case.thread) == BEFORE
    lines = await of_kind(specialist, case.thread, "history")
    assert [(one["from"]["name"], one["body"]["toMe"]) for one in lines] == [
        ("Ines Moreau", False), ("Samuel Okafor", False),
    ]  # fmt: skip
    assert [one["name"] for one in lines[0]["body"]["to"]] == ["Theo Brandt"]
    assert all("sharedBy" not in one for one in await specialist.messages(case.thread))


async def test_it_stays_through_locking_and_can_be_shared_on(hospital, case, intern, colleague, specialist):
    await join(case, intern, colleague)
    await share(case, intern, colleague)
    await colleague.wait(thread=case.thread, shared=4)
    await colleague.reload()
    await colleague.unlock(PASSPHRASE)
    await colleague.connect()
    await colleague.wait(line="online")
    assert await said(colleague, case.thread) == BEFORE
    nurse = await hospital.enrol(hospital.riverbend, "Nora Lind")
    await colleague.amendConsent(
        case.consent, hospital.draft([intern, specialist, colleague, nurse], subject=None), case.thread
    )
    await join(case, colleague, nurse)
    await share(case, colleague, nurse)
    await nurse.wait(thread=case.thread, shared=4)
    assert await said(nurse, case.thread) == BEFORE
    assert await nurse.open(case.thread, case.disclosure)


async def test_a_newcomer_files_what_was_shared_as_its_authors_advice(case, intern, colleague, gateway):
    """The gateway verifies it by its author's signature, which the newcomer holds too."""
    await join(case, intern, colleague)
    await share(case, intern, colleague)
    await colleague.wait(thread=case.thread, shared=4)
    await meet(colleague)
    offer = await colleague.recordOffer(case.thread, case.disclosure)
    assert (offer["reasons"], offer["hasRecord"]) == ([], True)
    await colleague.file(case.thread, case.disclosure, offer["followed"])
    assert await gateway.round()
    filed = {one["name"]: one for one in gateway.record()["advice"] if one["text"] == ADVICE}
    assert filed["Samuel Okafor, Coastal Orthopaedics"]["signed"] is not None
    for one in (intern, colleague):
        await one.wait(thread=case.thread, disclosure=case.disclosure, state="destroyed")
        assert (await image(one, case.thread))["filed"]["organisationName"] == "Riverbend Hospital"


async def test_only_who_is_named_keeps_it(hospital, case, intern, specialist, colleague):
    """Named as a person, on any device, or as one device."""
    nurse = await hospital.enrol(hospital.riverbend, "Nora Lind")
    await intern.amendConsent(
        case.consent, hospital.draft([intern, specialist, colleague, nurse], subject=None), case.thread
    )
    await join(case, intern, colleague)
    await join(case, intern, nurse)
    (device,) = await colleague.devices()
    items = await intern.items({"thread": case.thread, "people": [colleague.person]})
    to = [{"kind": "device", "device": device["device"]}]
    await intern.post({"thread": case.thread, "body": {"kind": "history", "to": to, "items": items}})
    await colleague.wait(thread=case.thread, shared=4)
    while not await of_kind(nurse, case.thread, "history"):
        await asyncio.sleep(0.02)
    assert await said(nurse, case.thread) == []
    with pytest.raises(Failed, match="not_found"):
        await nurse.open(case.thread, case.disclosure)


async def test_an_image_that_has_ended_is_withheld_with_its_reason(case, intern, colleague):
    await join(case, intern, colleague)
    await intern.removeImage(case.disclosure)
    await intern.wait(thread=case.thread, disclosure=case.disclosure, state="destroyed")
    offer = await intern.historyOffer(case.thread, [colleague.person], None)
    (kept,) = offer["withheld"]
    assert (kept["code"], kept["from"]["name"], len(kept["images"])) == ("taken_out", "Ines Moreau", 1)
    items = str(await intern.items({"thread": case.thread, "people": [colleague.person]}))
    assert "client_half" not in items and "Is this displaced?" not in items and "here" not in items
    await share(case, intern, colleague)
    await colleague.wait(thread=case.thread, shared=3)
    assert (await kinds(colleague, case.thread))[:4] == ["text", "withheld", "text", "joined"]
    (gap,) = await of_kind(colleague, case.thread, "withheld")
    assert (gap["body"]["images"], gap["body"]["code"], gap["from"]["name"]) == (1, "taken_out", "Ines Moreau")


async def test_an_image_that_not_everybody_is_covered_for_is_withheld(hospital, case, intern, colleague):
    """By the sharer's own decision, though the server has not closed it yet."""
    await join(case, intern, colleague)
    await hospital.riverbend.attest(hospital.riverbend.people[colleague.person], lasts=1)
    while not (offer := await intern.historyOffer(case.thread, [colleague.person], None))["withheld"]:
        await asyncio.sleep(0.05)
    assert offer["withheld"][0]["code"] in ("attestation_lapsed", "not_attested")
    assert (offer["images"], offer["messages"]) == ([], 2)


@pytest.mark.parametrize("how", ["taken_out", "consent_withdrawn"])
async def test_what_ends_after_it_was_shared_ends_for_the_newcomer(case, intern, specialist, colleague, how):
    await join(case, intern, colleague)
    await share(case, intern, colleague)
    await colleague.wait(thread=case.thread, disclosure=case.disclosure)
    await (intern.removeImage(case.disclosure) if how == "taken_out" else intern.withdrawConsent(case.consent))
    await colleague.wait(thread=case.thread, disclosure=case.disclosure, state="destroyed")
    assert (await image(colleague, case.thread))["closedCode"] == how
    assert await colleague.annotations(case.thread, case.disclosure) == []
    with pytest.raises(Failed, match="disclosure_closed"):
        await colleague.open(case.thread, case.disclosure)
    assert "client_half" not in str(await colleague.items({"thread": case.thread, "people": [specialist.person]}))


async def test_who_was_taken_out_and_is_in_again_gets_back_what_they_forgot(case, intern, specialist, picture):
    """Where it was, once: they know the messages themselves."""
    await intern.removePeople(case.thread, [specialist.person])
    await specialist.wait(thread=case.thread, disclosure=case.disclosure, state="destroyed")
    await intern.addPeople(case.thread, [specialist.person])
    await specialist.wait(thread=case.thread, people=2)
    with pytest.raises(Failed, match="disclosure_closed"):
        await specialist.open(case.thread, case.disclosure)
    await share(case, intern, specialist)
    await specialist.wait(thread=case.thread, disclosure=case.disclosure, state="live")
    assert (await specialist.open(case.thread, case.disclosure))["bytes"] == picture["bytes"]
    assert [one["marks"] for one in await specialist.annotations(case.thread, case.disclosure)] == [[ARROW]]
    assert await said(specialist, case.thread) == BEFORE
    assert await of_kind(specialist, case.thread, "unverifiable") == []


async def test_an_image_that_ended_before_the_history_came_never_opens(case, intern, specialist, colleague):
    """The sharer has not heard of the end: in the log it comes first."""
    await join(case, intern, colleague)
    await specialist.wait(thread=case.thread, people=3)
    await specialist.disconnect()
    await intern.removeImage(case.disclosure)
    await intern.wait(thread=case.thread, disclosure=case.disclosure, state="destroyed")
    await share(case, specialist, colleague)
    await colleague.wait(thread=case.thread, disclosure=case.disclosure)
    assert ((await image(colleague, case.thread))["state"], (await image(colleague, case.thread))["closedCode"]) == (
        "destroyed", "taken_out",
    )  # fmt: skip
    assert await colleague.annotations(case.thread, case.disclosure) == []
    with pytest.raises(Failed, match="disclosure_closed"):
        await colleague.open(case.thread, case.disclosure)
    answer = await colleague.raw("POST", f"/api/disclosures/{case.disclosure}/open", {})
    assert answer["body"]["error"]["code"] == "disclosure_closed"


async def test_an_image_that_ended_before_who_reads_joined_ends_for_them_at_the_first_opening(
    case, intern, specialist, colleague
):
    """A modified sharer kept it; its end is in no part of the log that the newcomer reads."""
    await join(case, intern, colleague)
    items = await intern.items({"thread": case.thread, "people": [colleague.person]})
    preview = (await image(specialist, case.thread))["preview"]
    both = [await specialist.record("disclosure", one) for one in (case.disclosure, preview)]
    await intern.removePeople(case.thread, [colleague.person])
    await colleague.wait(thread=case.thread, trouble="removed")
    await intern.removeImage(case.disclosure)
    await specialist.wait(thread=case.thread, disclosure=case.disclosure, state="destroyed")
    await intern.addPeople(case.thread, [colleague.person])
    await colleague.wait(thread=case.thread, people=3)
    to = [{"kind": "person", "person": colleague.person}]
    await specialist.put([{"kind": "disclosure", "put": one} for one in both])
    await specialist.post({"thread": case.thread, "body": {"kind": "history", "to": to, "items": items}})
    await colleague.wait(thread=case.thread, disclosure=case.disclosure, state="live")
    assert await colleague.annotations(case.thread, case.disclosure)
    with pytest.raises(Failed, match="disclosure_closed"):
        await colleague.open(case.thread, preview)
    closed = await image(colleague, case.thread)
    assert (closed["state"], closed["closedCode"]) == ("destroyed", "taken_out")
    assert await colleague.annotations(case.thread, case.disclosure) == []
    assert "client_half" not in str(await colleague.items({"thread": case.thread, "people": [specialist.person]}))
    for one in (case.disclosure, preview):
        assert (await colleague.record("disclosure", one))["manifest"] is None
    drawn = [one for one in await colleague.messages(case.thread) if one["body"]["kind"] == "annotation"]
    assert [one["body"]["marks"] for one in drawn] == [[]]


async def test_a_newcomer_who_comes_or_goes_meanwhile_does_not_stop_it(hospital, case, intern, specialist, colleague):
    await join(case, intern, colleague)
    nurse = await hospital.enrol(hospital.riverbend, "Nora Lind")
    await intern.removeImage(case.disclosure)
    await asyncio.gather(share(case, intern, colleague), specialist.addPeople(case.thread, [nurse.person]))
    await colleague.wait(thread=case.thread, text=ADVICE)


async def test_much_goes_in_several_messages(case, intern, colleague):
    for n in range(6):
        await intern.sendText(case.thread, f"{n} {'x' * 15_000}")
    await join(case, intern, colleague)
    await share(case, intern, colleague)
    await colleague.wait(thread=case.thread, shared=10)
    assert [one[0] for one in (await said(colleague, case.thread))[3:]] == list("012345")
    assert len(await of_kind(colleague, case.thread, "history")) == 2


async def test_from_a_time_on(case, intern, colleague):
    await join(case, intern, colleague)
    (advice,) = [one for one in await intern.messages(case.thread) if one["body"].get("text") == ADVICE]
    offer = await intern.historyOffer(case.thread, [colleague.person], advice["at"])
    assert (offer["messages"], offer["since"]) == (1, advice["at"]), "what is drawn goes with its image only"
    await intern.shareHistory(case.thread, [colleague.person], advice["at"])
    await colleague.wait(thread=case.thread, shared=1)
    assert await said(colleague, case.thread) == [ADVICE]


async def test_text_of_a_social_thread_is_shared_too(intern, specialist, colleague):
    thread = await intern.createThread("social", "none", "Leg", [specialist.person])
    await intern.sendText(thread, "Cake on Friday")
    await join(Case(thread, "", ""), intern, colleague)
    await intern.shareHistory(thread, [colleague.person], None)
    await colleague.wait(thread=thread, shared=1)
    assert await said(colleague, thread) == ["Cake on Friday"]


def changed(item: Any, *path: Any, to: Any) -> Any:
    item = copy.deepcopy(item)
    at = item
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = to
    return item


async def test_what_a_modified_sharer_makes_up_is_not_shown(hospital, case, intern, specialist, colleague, picture):
    await intern.attach(case.thread, case.consent, [picture], "Another view")
    other = await intern.createThread("case", "direct-care-advice", "Arm", [specialist.person])
    await intern.sendText(other, "Of another patient")
    await join(case, intern, colleague)
    await intern.addPeople(other, [colleague.person])
    await colleague.wait(thread=other)
    texts = await intern.items({"thread": case.thread, "people": [colleague.person]})
    hello, first, advice, _, second = texts
    (elsewhere,) = await intern.items({"thread": other, "people": [colleague.person]})
    forged = {
        "changed text": (changed(advice, "content", "body", "text", to="Displaced."), "bad_signature"),
        "another's signature": (changed(advice, "sig", to=hello["sig"]), "bad_signature"),
        "another author": (changed(advice, "content", "person", to=intern.person), "bad_signature"),
        "another device": (changed(advice, "content", "device", to=hello["content"]["device"]), "bad_signature"),
        "another side": (changed(first, "content", "body", "images", 0, "laterality", to="left"), "bad_signature"),
        "another disclosure": (changed(first, "statements", to=second["statements"]), "not_as_declared"),
        "no disclosure": (changed(first, "statements", to=[]), "not_as_declared"),
        "another thread": (elsewhere, "malformed"),
    }
    body = {"kind": "history", "to": [{"kind": "person", "person": colleague.person}]}
    await intern.post({"thread": case.thread, "body": {**body, "items": [one for one, _ in forged.values()]}})
    await colleague.wait(thread=case.thread, unverifiable="malformed")
    shown = await of_kind(colleague, case.thread, "unverifiable")
    assert sorted(one["body"]["code"] for one in shown) == sorted(code for _, code in forged.values())
    assert {one["from"]["name"] for one in shown} == {"Ines Moreau"}, "who shared it answers for it"
    assert await said(colleague, case.thread) == []
    # What is genuine, replayed into another thread, is of no thread there.
    await intern.post({"thread": other, "body": {**body, "items": texts}})
    await colleague.wait(thread=other, unverifiable="malformed")
    assert await said(colleague, other) == []
    with pytest.raises(Failed, match="not_found"):
        await colleague.open(other, case.disclosure)
    # None of it stands in the way of the true one.
    await share(case, specialist, colleague)
    await colleague.wait(thread=case.thread, shared=5)
    assert await said(colleague, case.thread) == [*BEFORE, "Another view"]


async def relabelled(sharer: Session, item: Any, message: str) -> Any:
    """A message with images as if the sharer had sent it: the same pictures, with another side and another scale."""
    item = changed(item, "content", "message", to=message)
    for n, declared in enumerate(item["statements"]):
        payload = changed(declared["statement"], "message", to=message)
        statement = await sharer.forge({"name": "disclosure", "payload": payload})
        item["statements"][n] = {"statement": statement["payload"], "sig": statement["sig"]}
        spacing = {"row": 1_000_000, "column": 1_000_000}
        said = {"statement_hash": statement["hash"], "laterality": "left", "pixel_spacing": spacing}
        item["content"]["body"]["images"][n].update(said)
    content = await sharer.forge({"name": "content", "payload": item["content"]})
    return {**item, "content": content["payload"], "sig": content["sig"]}


@pytest.mark.parametrize("preview", [False, True])
async def test_another_side_put_on_somebody_elses_image_never_opens(
    case, intern, specialist, colleague, picture, preview
):
    """Nor does it keep the true one out, once that is shared."""
    await join(case, intern, colleague)
    await specialist.wait(thread=case.thread, people=3)
    items = await specialist.items({"thread": case.thread, "people": [colleague.person]})
    (genuine,) = [one for one in items if one["statements"]]
    made_up = await relabelled(specialist, genuine, "msg_AAAAAAAAAAAAAAAAAAAAAA")
    to = [{"kind": "person", "person": colleague.person}]
    await specialist.post({"thread": case.thread, "body": {"kind": "history", "to": to, "items": [made_up]}})
    await colleague.wait(thread=case.thread, images=1)
    shown = await image(colleague, case.thread)
    assert (shown["disclosure"], shown["laterality"]) == (case.disclosure, "left")
    with pytest.raises(Failed, match="not_as_declared"):
        await colleague.open(case.thread, shown["preview"] if preview else case.disclosure)
    (line,) = await of_kind(colleague, case.thread, "unverifiable")
    assert (line["body"]["code"], line["from"]["name"], line["sharedBy"]["name"]) == (
        "not_as_declared", "Samuel Okafor", "Samuel Okafor",
    )  # fmt: skip
    assert await said(colleague, case.thread) == []
    await share(case, intern, colleague)
    await colleague.wait(thread=case.thread, images=1)
    shown = await image(colleague, case.thread)
    assert (shown["disclosure"], shown["laterality"]) == (case.disclosure, picture["laterality"])
    assert (await colleague.open(case.thread, case.disclosure))["bytes"] == picture["bytes"]
    assert [one["marks"] for one in await colleague.annotations(case.thread, case.disclosure)] == [[ARROW]]
    assert await said(colleague, case.thread) == BEFORE


async def test_nothing_is_put_into_the_past_of_who_was_there(case, intern, specialist, colleague):
    """Nor what was said since the reader joined, as if it had been said before."""
    await join(case, intern, colleague)
    await intern.sendText(case.thread, "Said later")
    await colleague.wait(thread=case.thread, text="Said later")
    everything = await intern.items({"thread": case.thread, "people": ["per_AAAAAAAAAAAAAAAAAAAAAA"]})
    later = everything[-1]
    assert later["content"]["body"]["text"] == "Said later"
    hidden = changed(later, "content", "message", to="msg_AAAAAAAAAAAAAAAAAAAAAA")
    to = [{"kind": "person", "person": one.person} for one in (specialist, colleague)]
    body = {"kind": "history", "to": to, "items": [changed(hidden, "seq", to=1), later]}
    await intern.post({"thread": case.thread, "body": body})
    await colleague.wait(thread=case.thread, unverifiable="bad_signature")
    for one in (specialist, colleague):
        while not await of_kind(one, case.thread, "history"):
            await asyncio.sleep(0.02)
        assert (await said(one, case.thread)).count("Said later") == 1
    assert await of_kind(specialist, case.thread, "unverifiable") == [], (
        "who was there from the beginning lacks nothing"
    )


async def test_a_line_names_nobody_who_is_not_in_the_thread(hospital, case, intern, specialist, colleague):
    """A modified sharer can write any reader down; the others' lines name those who can read it."""
    nurse = await hospital.enrol(hospital.riverbend, "Nora Lind")
    await join(case, intern, colleague)
    items = await intern.items({"thread": case.thread, "people": [colleague.person]})
    strangers = [nurse.person, "per_AAAAAAAAAAAAAAAAAAAAAA"]
    for people in (strangers, [*strangers, colleague.person]):
        to = [{"kind": "person", "person": person} for person in people]
        await intern.post({"thread": case.thread, "body": {"kind": "history", "to": to, "items": items[:1]}})
    while len(lines := await of_kind(specialist, case.thread, "history")) < 2:
        await asyncio.sleep(0.02)
    assert [[one["name"] for one in line["body"]["to"]] for line in lines] == [[], ["Theo Brandt"]]
