"""Whose names a clinician can bring onto a patient's page, which they can open themselves (SPEC S5.10)."""

from __future__ import annotations

from typing import Any

import pytest

from inscope_protocol.types import GroupRecipient, PersonRecipient
from server.patients.test_looking_back import looking
from server.patients.test_who_asks import newest_hash
from world.device import Device, new_id
from world.organisation import Organisation
from world.patient import ask, question


@pytest.fixture
async def rogue(story) -> Organisation:
    """Riverbend does not know it."""
    rogue = Organisation(story.running, "Rogue Clinic")
    await rogue.register()
    return rogue


@pytest.fixture
async def stranger(story, rogue) -> Device:
    return await story.device(rogue, "Quiet Person")


async def put(device: Device, *recipients: dict[str, Any], **changes: Any) -> Any:
    return (await ask(device, [], question=question(device, []) | {"recipients": list(recipients)}, **changes))[2]


def of_organisation(kind: str, organisation: str) -> dict[str, Any]:
    more = {"team": {"team": new_id("tea")}, "role": {"role": "surgeon"}}
    return {"kind": kind, "organisation": organisation, **more.get(kind, {})}


@pytest.mark.parametrize("kind", ["organisation", "team", "role", "record"])
async def test_an_organisation_that_ones_own_does_not_know_is_like_none(story, intern, rogue, kind):
    for organisation in (rogue.organisation, new_id("org")):
        assert (await put(intern, of_organisation(kind, organisation))).code == "not_found"
    assert (await put(intern, of_organisation(kind, story.coastal.organisation))).status == 200


async def test_a_person_who_cannot_be_seen_is_like_nobody(story, intern, specialist, rogue, stranger):
    for person in (stranger.me, new_id("per")):
        refused = await put(intern, {"kind": "person", "person": specialist.me}, {"kind": "person", "person": person})
        assert refused.code == "not_found"
    await story.riverbend.know(story.coastal, rogue)
    assert (await put(intern, {"kind": "person", "person": stranger.me})).status == 200


async def test_a_group_that_one_is_not_in_is_like_none(story, intern, specialist):
    others, mine = await story.social(specialist), await story.social(intern, specialist)
    for thread in (others, new_id("thr")):
        assert (await put(intern, {"kind": "group", "thread": thread})).code == "not_found"
    assert (await put(intern, {"kind": "group", "thread": mine})).status == 200


async def test_the_page_names_only_whom_the_asker_still_sees(story, intern, specialist, patient):
    colleague = await story.device(story.riverbend, "Theo Brandt")
    thread = await story.case(colleague, intern, specialist)
    asked = [{"kind": "group", "thread": thread}, {"kind": "person", "person": specialist.me}]
    _, link, done = await ask(intern, [], question=question(intern, []) | {"recipients": asked})
    assert done.status == 200, done
    assert "Theo Brandt" in (await patient.open(link)).text
    await story.riverbend.know()
    page = await patient.get("/patient")
    assert "Theo Brandt" in page.text and "Samuel Okafor" not in page.text
    assert (await colleague.commit(thread, removes=[intern])).status == 200
    assert "Theo Brandt" not in (await patient.get("/patient")).text


async def test_what_was_agreed_to_before_may_stay_in_a_question_unnamed(story, intern, specialist, patient):
    """Who is covered may ask for more, whether or not they see everybody who is covered too."""
    group = await story.social(intern)
    entries = (GroupRecipient(group), PersonRecipient(specialist.me))
    scope = intern.scope([], recipients=entries, purposes=("direct-care-advice", "teaching"))
    assert (await intern.record(scope)).status == 200
    previous = await newest_hash(specialist, scope.consent)
    wider = question(specialist, [specialist.me])
    wider["recipients"] += [{"kind": "group", "thread": group}]
    _, link, done = await ask(specialist, [], consent=scope.consent, previous=previous, question=wider)
    assert done.status == 200, done
    page = await patient.open(link)
    assert "One fixed group of people" in page.text and "Ines Moreau" not in page.text


async def test_looking_back_names_only_whom_the_giver_of_the_link_sees(story, intern, specialist, stranger, patient):
    """A consent may be recorded with any entry; its recorder reads nobody's name by that."""
    others, mine = await story.social(stranger, specialist), await story.social(intern, specialist)
    entries = (PersonRecipient(intern.me), PersonRecipient(stranger.me), GroupRecipient(others))
    scope = intern.scope([], recipients=entries)
    assert (await intern.record(scope)).status == 200
    page = await looking(patient, intern, scope)
    assert "Ines Moreau" in page.text
    assert "Quiet Person" not in page.text and "Samuel Okafor" not in page.text
    own = intern.scope([], recipients=(GroupRecipient(mine),))
    assert (await intern.record(own)).status == 200
    assert "Samuel Okafor" in (await looking(patient, intern, own)).text
