"""A team belongs to its organisation: nobody else's attestation puts a person into it (SPEC S5.5)."""

from __future__ import annotations

import pytest

from inscope_protocol.types import PersonRecipient
from world.device import Device
from world.organisation import Organisation


async def claimed(home: Organisation, device: Device, owner: Organisation) -> None:
    """`home` attests its own person as of every team of `owner`."""
    device.person.teams = tuple(owner.teams.values())
    await home.attest(device.person)


@pytest.fixture
async def emergency(story, intern, colleague):
    """(thread, scope, disclosure) of an image for Riverbend's emergency team."""
    thread = await story.case(intern, colleague)
    scope = intern.scope([], recipients=(PersonRecipient(intern.me), story.riverbend.team("Emergency")))
    assert (await intern.record(scope, thread)).status == 200
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200, sent
    assert (await colleague.open(disclosure)).status == 200
    return thread, scope, disclosure


@pytest.mark.parametrize("known", [True, False])
async def test_another_organisation_puts_nobody_into_a_team(story, intern, emergency, known):
    thread, scope, disclosure = emergency
    home = story.coastal if known else Organisation(story.running, "Rogue Clinic")
    if not known:
        await home.register()
    stranger = await story.device(home, "Mallory Vane")
    await claimed(home, stranger, story.riverbend)
    refused = await intern.commit(thread, adds=[stranger])
    why = [("person_not_covered" if known else "not_attested", stranger.me)]
    assert (refused.code, refused.reasons) == ("members_not_covered", why)
    elsewhere = await story.case(intern, stranger)
    assert (await intern.ask(elsewhere, scope)).reasons == why
    assert (await stranger.open(disclosure)).code == "not_found"


async def test_a_team_kept_up_by_another_organisation_alone_is_left(story, intern, colleague, emergency):
    _, _, disclosure = emergency
    await claimed(story.coastal, colleague, story.riverbend)
    colleague.person.teams = ()
    await story.riverbend.attest(colleague.person)
    assert (await colleague.open(disclosure)).code == "denied"
    colleague.person.teams = tuple(story.riverbend.teams.values())
    await story.riverbend.attest(colleague.person)
    assert (await colleague.open(disclosure)).status == 200
