"""The gate decides by person: a second device of somebody widens nothing, and is not one consent more (SPEC S4.10)."""

from __future__ import annotations

import pytest

from inscope_protocol.types import PersonRecipient


@pytest.fixture
async def desktop(story, intern):
    device = await intern.beside()
    story.devices.append(device)
    return device


async def test_a_covered_persons_second_device_opens_what_was_there_before_it(story, intern, specialist, desktop):
    thread, scope = await story.case(intern, specialist), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    assert (await desktop.open(disclosure)).code == "not_found", "as long as it is not in the thread"
    assert (await specialist.commit(thread, adds=[desktop])).status == 200
    assert (await desktop.open(disclosure)).status == 200
    openings = (await desktop.call("GET", f"/api/disclosures/{disclosure}/openings")).data["openings"]
    assert {row["person"] for row in openings} == {intern.me}
    sent, answer = await desktop.attach(thread, scope)
    assert answer.status == 200
    assert (await intern.open(sent)).status == 200


async def test_no_device_of_somebody_whom_the_consent_does_not_cover_is_added(story, intern, specialist, colleague):
    beside = await colleague.beside()
    story.devices.append(beside)
    thread, scope = await story.case(intern, specialist), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    await intern.attach(thread, scope)
    for adds in ([colleague], [beside], [colleague, beside]):
        refused = await intern.commit(thread, adds=adds)
        assert (refused.code, refused.reasons) == ("members_not_covered", [("person_not_covered", colleague.me)])


async def test_what_one_device_did_the_other_may_change_and_end(story, intern, specialist, desktop):
    thread, scope = await story.case(intern, specialist, desktop), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    first, _ = await intern.attach(thread, scope)
    assert (await desktop.call("POST", f"/api/disclosures/{first}/remove", {})).status == 200
    assert (await specialist.open(first)).code == "disclosure_closed"
    second, _ = await intern.attach(thread, scope)
    narrower = desktop.following(scope, recipients=(PersonRecipient(intern.me),))
    assert (await desktop.record(narrower)).status == 200
    assert (await specialist.open(second)).code == "disclosure_closed"
    assert (await intern.record(intern.following(narrower, decision="withdrawn"))).status == 200


async def test_images_wait_until_the_one_that_was_revoked_is_out_and_the_other_goes_on(
    story, intern, specialist, desktop
):
    thread, scope = await story.case(intern, specialist, desktop), intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    assert (await desktop.call("POST", f"/api/devices/{intern.device}/revoke", {})).status == 200
    assert (await intern.open(disclosure)).code == "not_signed_in"
    assert (await desktop.open(disclosure)).status == 200
    refused = await desktop.ask(thread, scope)
    assert refused.reasons == [("not_attested", intern.me)]
    assert (await desktop.commit(thread, removes=[intern])).status == 200
    assert (await desktop.ask(thread, scope)).status == 200


async def test_one_key_package_of_each_active_device_is_given_out(story, intern, specialist, desktop):
    async def offered() -> set[str]:
        claimed = await specialist.call("POST", "/api/key-packages/claim", {"people": [intern.me]})
        return {one["device"] for one in claimed.data["key_packages"]}

    assert await offered() == {intern.device, desktop.device}
    await intern.call("POST", f"/api/devices/{desktop.device}/revoke", {})
    assert await offered() == {intern.device}
