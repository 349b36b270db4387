"""A picture and its preview between two real devices: one image to people, two disclosures to the gate (S7.1)."""

from __future__ import annotations

import os
from typing import Any

import pytest

from scenarios.hospital import Hospital
from scenarios.test_filing import gateway, image, meet, told
from world.session import Failed, Session

__all__ = ["gateway"]


@pytest.fixture
async def intern(hospital: Hospital) -> Session:
    return await hospital.member("intern", previews=True)


@pytest.fixture
def picture(hospital: Hospital) -> dict[str, Any]:
    return hospital.xray(bytes=hospital.xray()["bytes"] + os.urandom(200_000))


@pytest.fixture
async def shared(hospital, intern, specialist, picture) -> tuple[str, str, dict[str, Any]]:
    """(thread, consent, the image as its recipient sees it)."""
    thread = await intern.createThread("case", "direct-care-advice", "Fell from a horse", [specialist.person])
    consent = await intern.recordConsent(thread, hospital.draft([intern, specialist]))
    await intern.attach(thread, consent, [picture], "")
    await specialist.wait(thread=thread, images=1)
    return thread, consent, await image(specialist, thread)


async def renditions(session: Session, disclosure: str) -> list[str]:
    return [opening["rendition"] for opening in await session.openings(disclosure)]


async def are_gone(hospital: Hospital, *disclosures: str) -> None:
    async with hospital.running.server.database.read() as tx:
        rows = [await hospital.running.server.gate.disclosure(tx, disclosure) for disclosure in disclosures]
    assert [(row.state, row.server_half) for row in rows] == [("destroyed", None)] * len(disclosures)


async def test_a_preview_that_is_opened_leaves_only_the_preview_in_the_log(intern, specialist, shared, picture):
    thread, _, seen = shared
    assert len((await specialist.messages(thread))[-1]["body"]["images"]) == 1
    opened = await specialist.open(thread, seen["preview"])
    assert opened["bytes"] == picture["bytes"][:40_000]
    assert await renditions(intern, seen["disclosure"]) == ["preview"]
    assert (await specialist.open(thread, seen["disclosure"]))["bytes"] == picture["bytes"]
    openings = await intern.openings(seen["disclosure"])
    assert [(one["rendition"], one["outcome"], one["proven"]) for one in openings] == [
        ("preview", "permit", True),
        ("full", "permit", True),
    ]


async def test_a_small_picture_has_no_preview(hospital, intern, specialist, shared):
    thread, consent, _ = shared
    await intern.attach(thread, consent, [hospital.xray(bytes=hospital.xray()["bytes"][:90_000])], "")
    await specialist.wait(thread=thread, images=2)
    assert (await specialist.messages(thread))[-1]["body"]["images"][0]["preview"] is None


async def test_sixteen_pictures_go_with_no_preview_and_eight_with_one_each(intern, specialist, shared, picture):
    thread, consent, _ = shared
    for count, previewed in ((8, 8), (15, 1)):
        await intern.attach(thread, consent, [picture] * count, str(count))
        await specialist.wait(thread=thread, images=1 + count)
        body = next(
            one["body"] for one in await specialist.messages(thread) if one["body"].get("caption") == str(count)
        )
        assert sum(one["preview"] is not None for one in body["images"]) == previewed


async def test_a_withdrawal_ends_both_for_everybody(hospital, intern, specialist, shared):
    thread, consent, seen = shared
    await specialist.open(thread, seen["preview"])
    await intern.withdrawConsent(consent)
    await specialist.wait(thread=thread, disclosure=seen["disclosure"], state="destroyed")
    for disclosure in (seen["disclosure"], seen["preview"]):
        with pytest.raises(Failed, match="disclosure_closed"):
            await specialist.open(thread, disclosure)
    await are_gone(hospital, seen["disclosure"], seen["preview"])
    assert [code for code, _ in await told(specialist, thread)] == ["consent_withdrawn"]
    assert await renditions(intern, seen["disclosure"]) == ["preview"]


async def test_what_shows_a_preview_ends_with_its_picture(specialist, intern, shared):
    thread, _, seen = shared
    specialist.driver.begin(specialist.name, "watch", thread, seen["preview"])
    await intern.removeImage(seen["disclosure"])
    await specialist.wait(thread=thread, disclosure=seen["disclosure"], state="destroyed")
    with pytest.raises(Failed, match="disclosure_closed"):
        await specialist.watch(thread, seen["preview"])


async def test_a_forward_opens_the_picture_and_makes_both_anew(intern, specialist, shared, picture):
    thread, consent, seen = shared
    second = await intern.createThread("discussion", "direct-care-advice", "Second look", [specialist.person])
    await intern.forward(thread, seen["disclosure"], second, consent, "As discussed")
    await specialist.wait(thread=second, images=1)
    forwarded = await image(specialist, second)
    ids = {one[name] for one in (seen, forwarded) for name in ("disclosure", "preview")}
    assert (len(ids), None in ids, forwarded["origin"]) == (4, False, seen["disclosure"])
    assert await renditions(intern, seen["disclosure"]) == ["full"]
    assert (await specialist.open(second, forwarded["preview"]))["bytes"] == picture["bytes"][:40_000]
    assert (await specialist.open(second, forwarded["disclosure"]))["bytes"] == picture["bytes"]


async def test_filing_takes_the_picture_and_ends_both(hospital, intern, specialist, shared, gateway, picture):
    thread, _, seen = shared
    await meet(intern)
    await intern.file(thread, seen["disclosure"], [])
    assert await gateway.round()
    (folder,) = gateway.filed()
    assert (folder / "image.jpg").read_bytes() == picture["bytes"]
    for one in (intern, specialist):
        await one.wait(thread=thread, disclosure=seen["disclosure"], state="destroyed")
        assert [code for code, _ in await told(one, thread)] == ["filed"]
        with pytest.raises(Failed, match="disclosure_closed"):
            await one.open(thread, seen["preview"])
    await are_gone(hospital, seen["disclosure"], seen["preview"])


async def test_a_preview_is_not_filed_in_place_of_its_picture(intern, shared, gateway):
    thread, _, seen = shared
    await meet(intern)
    with pytest.raises(Failed, match="statement_mismatch"):
        await intern.file(thread, seen["preview"], [])
