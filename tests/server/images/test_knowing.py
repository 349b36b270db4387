"""Whom an organisation does not know, its people share nothing new with (SPEC S3.7)."""

from __future__ import annotations

import pytest

from inscope_protocol.types import OrganisationRecipient
from world.device import new_id
from world.organisation import Organisation


@pytest.fixture
async def shared(story, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200
    return thread, scope, disclosure


async def test_nothing_new_goes_to_whom_ones_organisation_knows_no_more(story, intern, specialist, shared):
    thread, scope, disclosure = shared
    granted = await intern.ask(thread, scope)
    await intern.upload(granted.data["blob"], b"sealed")
    await story.riverbend.know()
    why = [("not_attested", specialist.me)]
    asked = await intern.ask(thread, scope)
    assert (asked.code, asked.reasons) == ("denied", why)
    statement = intern.statement(granted, new_id("msg"), b"sealed")
    assert (await intern.send_statement(statement)).reasons == why
    assert (await intern.say(thread)).status == 200, "text goes on"
    assert (await specialist.open(disclosure)).status == 200, "what was shared before stays"
    assert (await intern.open(disclosure)).status == 200
    await story.riverbend.know(story.coastal)
    assert (await intern.send_statement(statement)).status == 200
    assert (await intern.attach(thread, scope))[1].status == 200


async def test_each_shares_by_what_their_own_organisation_knows(story, intern, specialist, shared):
    thread, scope, _ = shared
    await story.riverbend.know()
    assert (await intern.ask(thread, scope)).code == "denied"
    assert (await specialist.ask(thread, scope)).status == 200


async def test_a_person_who_cannot_be_seen_is_answered_like_nobody(story, intern, shared):
    thread, _, _ = shared
    rogue = Organisation(story.running, "Rogue Clinic")
    await rogue.register()
    quiet = await story.device(rogue, "Quiet Person")
    answers = []
    for person in (quiet.me, new_id("per")):
        answer = await intern.call("POST", f"/api/threads/{thread}/gate", {"add": [person]})
        answers.append(
            [[(why["code"], why["who"] == person) for why in row["reasons"]] for row in answer.data["denials"]]
        )
    assert answers == [[[("not_attested", True)]]] * 2
    refused = await intern.commit(thread, adds=[quiet])
    assert (refused.code, refused.reasons) == ("members_not_covered", [("not_attested", quiet.me)])


async def test_a_consent_for_a_whole_organisation_does_not_make_it_known(story, intern):
    rogue = Organisation(story.running, "Rogue Clinic")
    await rogue.register()
    quiet = await story.device(rogue, "Quiet Person")
    thread = await story.case(intern, quiet)
    entries = tuple(OrganisationRecipient(one.organisation) for one in (story.riverbend, rogue))
    scope = intern.scope([], recipients=entries)
    await intern.record(scope)
    assert (await intern.ask(thread, scope)).reasons == [("not_attested", quiet.me)]
    await story.riverbend.know(rogue)
    assert (await intern.ask(thread, scope)).status == 200
