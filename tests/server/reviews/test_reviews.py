"""The privacy officer's review of emergencies (SPEC S5.13): who sees them, what is told, and what stays."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from inscope_protocol.types import Conditions, PersonRecipient
from inscope_server.audit.store import entries
from server.reviews.conftest import ROLE, Desk, emergency
from server.web.line import Line
from world.device import HOUR, TAKEN, Device, new_id
from world.organisation import Organisation, Person


async def log_of(device: Any, event: str) -> list[dict[str, Any]]:
    async with device.running.server.database.read() as tx:
        rows = await tx.all(select(entries.c.body).where(entries.c.event == event).order_by(entries.c.seq))
    return [json.loads(row.body) for row in rows]


def guest(device: Device, *roles: str) -> Person:
    """The same person as another organisation attests them."""
    return dataclasses.replace(device.person, serial=0, roles=roles)


async def test_the_officer_is_told_ids_codes_and_numbers(intern, specialist, desk, recorded):
    thread, scope = recorded
    for _ in range(2):
        disclosure, sent = await intern.attach(thread, scope)
        assert sent.status == 200
    await intern.ask(thread, scope)
    for minutes in (0, 1, 6):  # The second is the same look.
        intern.running.clock.advance(minutes * 60_000)
        assert (await specialist.open(disclosure)).status == 200
    (told,) = await desk.listed()
    assert told == {
        "consent": scope.consent, "organisation": intern.home.organisation, "version": 1, "person": intern.me,
        "recorded_at": scope.recorded_at, "valid_from": scope.valid_from, "reason": "unconscious", "witness": None,
        "purposes": ["direct-care-advice"],
        "recipients": [{"kind": "person", "person": one.me} for one in (intern, specialist)],
        "conditions": {
            "deidentified_only": False, "no_onward_sharing": False, "image_kinds": ["radiograph"], "sensitive": [],
        },
        "ends_at": scope.valid_until, "ended": False, "images": 2, "openings": 2,
        "threads": [{"kind": "case", "purpose": "direct-care-advice"}], "settled": None, "review": None,
    }  # fmt: skip
    assert scope.subject not in str(told) and scope.record_commitment not in str(told)


async def test_only_emergencies_are_listed(story, intern, specialist, desk):
    expected = intern.scope([intern.me], basis="expected-in-direct-care")
    for scope in (intern.scope([intern.me]), expected, emergency(intern, [], decision="refused")):
        assert (await intern.record(scope)).status == 200
    assert await desk.listed() == []


async def test_nobody_else_is_told_or_heard(story, intern, specialist, colleague, recorded):
    _, scope = recorded
    other = await story.device(story.coastal, "Officer of Coastal", (ROLE,))
    for device in (intern, colleague, specialist):
        assert (await Desk(device).page()).code == "not_found"
    assert await Desk(other).listed() == []
    for device in (intern, colleague, specialist, other):
        for consent in (scope.consent, new_id("con")):
            for organisation in (story.riverbend.organisation, story.coastal.organisation, "nothing"):
                said = await Desk(device).review(consent, organisation=organisation)
                assert said.code == "not_found", said
    assert await log_of(intern, "review") == []


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/api/reviews?after=x"), ("GET", "/api/reviews?limit=x"), ("GET", "/api/reviews?limit=0"),
    ("GET", "/api/reviews?limit=1&limit=2"), ("GET", "/api/reviews?nothing=1"),
    ("POST", "/api/reviews/con_AAAAAAAAAAAAAAAAAAAAAA"),
])  # fmt: skip
async def test_who_is_no_officer_is_told_nothing_of_what_they_sent(intern, officer, method, path):
    told = [(await device.call(method, path, {} if method == "POST" else None)).code for device in (intern, officer)]
    assert told == ["not_found", "malformed"]


async def test_a_role_counts_while_its_attestation_holds(story, officer, desk, recorded):
    _, scope = recorded
    await story.riverbend.attest(officer.person, lasts=10 * HOUR)
    assert len(await desk.listed()) == 1
    other = await story.device(story.coastal, "Helper")
    officer.person.roles = ()
    await story.riverbend.attest(officer.person)
    assert (await desk.page()).code == (await desk.review(scope.consent)).code == "not_found"
    officer.person.roles = (ROLE,)
    await story.riverbend.attest(officer.person, lasts=10 * HOUR)
    assert len(await desk.listed()) == 1
    assert (await Desk(other).page()).code == "not_found"


async def test_a_lapsed_role_is_none_though_another_organisation_still_attests(story, officer, desk, recorded):
    """The device stays attested, by Coastal; Riverbend's word has run out by time alone."""
    _, scope = recorded
    await story.riverbend.attest(officer.person, lasts=2 * HOUR)
    await story.coastal.attest(guest(officer))
    assert len(await desk.listed()) == 1
    story.running.clock.advance(2 * HOUR)
    assert (await officer.call("GET", "/api/threads")).status == 200
    assert (await desk.page()).code == (await desk.review(scope.consent)).code == "not_found"


async def test_each_organisation_that_attests_the_recorder_then_reviews(story, intern, specialist, desk):
    coastal = Desk(await story.device(story.coastal, "Officer of Coastal", (ROLE,)))
    before = emergency(intern, [intern.me])
    await intern.record(before)
    await story.coastal.attest(guest(intern), lasts=2 * HOUR)
    during = emergency(intern, [intern.me])
    await intern.record(during)
    story.running.clock.advance(2 * HOUR)
    after = emergency(intern, [intern.me])
    assert (await intern.record(after)).status == 200
    assert [one["consent"] for one in await desk.listed()] == [one.consent for one in (before, during, after)]
    (told,) = await coastal.listed()
    assert (told["consent"], told["organisation"]) == (during.consent, story.coastal.organisation)
    assert (await coastal.review(during.consent)).status == 200
    assert [one["review"] for one in await desk.listed()] == [None, None, None]
    assert (await desk.review(during.consent)).status == 200


async def test_an_organisation_that_the_recorders_own_does_not_know_cannot_read_along(story, intern, desk):
    """Any organisation on the server can attest anybody: that must not show it a stranger's emergencies."""
    rogue = Organisation(story.running, "Rogue Clinic")
    await rogue.register()
    spy = Desk(await story.device(rogue, "Spy", (ROLE,)))
    await rogue.attest(guest(intern, ROLE))
    assert (await intern.record(emergency(intern, [intern.me]))).status == 200
    assert await spy.listed() == []
    assert len(await desk.listed()) == 1


async def test_a_review_is_logged_stays_and_is_told(story, intern, officer, colleague, desk, recorded):
    _, scope = recorded
    line = await Line.open(intern)
    answer = await desk.review(scope.consent, "follow_up")
    assert answer.status == 200, answer
    assert await line.event("changed") == {"what": "review", "id": scope.consent}
    await line.close()
    (entry,) = await log_of(intern, "review")
    assert (entry["person"], entry["device"], entry["consent"], entry["version"], entry["outcome"]) == (
        officer.me, officer.device, scope.consent, 1, "recorded",
    )  # fmt: skip
    assert [reason["code"] for reason in entry["reasons"]] == ["follow_up"]
    again = await desk.review(scope.consent)
    assert (again.status, again.code) == (409, "review_closed")
    (told,) = await desk.listed()
    assert told["review"] == answer.data["review"]
    path = f"/api/consents/{scope.consent}/reviews"
    read = (await intern.call("GET", path)).data["reviews"]
    assert read == [{"organisation": story.riverbend.organisation, "version": 1, **answer.data["review"]}]
    assert (read[0]["person"], read[0]["outcome"]) == (officer.me, "follow_up")
    assert (await colleague.call("GET", path)).code == "not_found"
    assert await intern.running.server.audit.verify() is None


async def test_of_two_officers_at_the_same_moment_one_is_heard(story, desk, recorded, intern):
    _, scope = recorded
    other = Desk(await story.device(story.riverbend, "Second officer", (ROLE,)))
    said = await asyncio.gather(desk.review(scope.consent), other.review(scope.consent, "follow_up"))
    assert sorted(one.code for one in said) == ["", "review_closed"]
    assert len(await log_of(intern, "review")) == 1


async def test_nobody_reviews_what_they_recorded(story, officer, desk):
    scope = emergency(officer, [officer.me])
    await officer.record(scope)
    assert ((await desk.review(scope.consent)).status, (await desk.review(scope.consent)).code) == (403, "review_own")
    other = Desk(await story.device(story.riverbend, "Second officer", (ROLE,)))
    assert (await other.review(scope.consent)).status == 200


@pytest.mark.parametrize("body", [{"outcome": "fine"}, {"note": "she said"}, {"version": "1"}, {"version": None}])
async def test_an_outcome_is_one_of_two_and_there_is_no_note(desk, recorded, body):
    _, scope = recorded
    assert (await desk.review(scope.consent, **body)).code == "malformed"


async def test_more_under_the_same_emergency_waits_anew_and_less_does_not(
    intern, specialist, colleague, desk, recorded
):
    _, scope = recorded
    assert (await desk.review(scope.consent)).status == 200
    less = intern.following(scope, conditions=Conditions(True, True, ("radiograph",), ()))
    assert (await intern.record(less)).status == 200
    assert (await desk.listed())[0]["review"] is not None
    more = intern.following(less, recipients=emergency(intern, [intern.me, colleague.me]).recipients)
    assert (await intern.record(more)).status == 200
    (told,) = await desk.listed()
    assert (told["version"], told["review"]) == (3, None)
    assert (await desk.review(scope.consent)).code == "consent_superseded", "the version that the officer has seen"
    assert (await desk.review(scope.consent, version=3)).status == 200
    reviews = (await intern.call("GET", f"/api/consents/{scope.consent}/reviews")).data["reviews"]
    assert [one["version"] for one in reviews] == [1, 3], "the first one stays"


async def test_what_settled_it_is_told(intern, specialist, desk, recorded):
    thread, scope = recorded
    taken = replace(TAKEN, how="written")
    agreed = intern.following(scope, basis="patient", taken=taken, valid_until=scope.valid_from + 80 * HOUR)
    assert (await intern.record(agreed)).status == 200
    assert (await intern.attach(thread, agreed))[1].status == 200
    (told,) = await desk.listed()
    assert told["settled"] == {"decision": "given", "basis": "patient", "on_page": False, "at": agreed.recorded_at}
    assert (told["images"], told["reason"]) == (0, "unconscious"), "what the patient agreed to is none of the emergency"
    assert (await intern.record(intern.following(agreed, decision="withdrawn"))).status == 200
    assert (await desk.listed())[0]["settled"]["decision"] == "given"


async def test_a_withdrawal_settles_it_and_time_ends_it(story, intern, desk):
    withdrawn, ended = (emergency(intern, [intern.me]) for _ in range(2))
    ended = replace(ended, valid_until=ended.valid_from + 2 * HOUR)
    for scope in (withdrawn, ended):
        await intern.record(scope)
    await intern.record(intern.following(withdrawn, decision="withdrawn"))
    story.running.clock.advance(2 * HOUR)
    told = {one["consent"]: one for one in await desk.listed()}
    assert (told[withdrawn.consent]["settled"]["decision"], told[withdrawn.consent]["settled"]["on_page"]) == (
        "withdrawn", False,
    )  # fmt: skip
    assert (told[ended.consent]["settled"], told[ended.consent]["ended"]) == (None, True)


async def test_pages_hold_each_once_those_that_wait_first(story, intern, officer, desk):
    scopes = []
    for _ in range(7):
        story.running.clock.advance(1000)
        scopes.append(emergency(intern, [intern.me]))
        assert (await intern.record(scopes[-1])).status == 200
    for scope in (scopes[1], scopes[4]):
        assert (await desk.review(scope.consent)).status == 200
    found, after = [], {}
    while True:
        page = (await desk.page(limit=2, **after)).data
        found += [one["consent"] for one in page["reviews"]]
        assert len(page["reviews"]) <= 2
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == [scopes[place].consent for place in (0, 2, 3, 5, 6, 4, 1)]


async def test_a_review_between_two_pages_hides_nothing(story, intern, desk):
    scopes = [emergency(intern, [intern.me]) for _ in range(4)]
    for place, scope in enumerate(scopes):
        scopes[place] = replace(scope, recorded_at=scope.recorded_at + place)
        assert (await intern.record(scopes[place])).status == 200
    first = (await desk.page(limit=2)).data
    assert (await desk.review(scopes[1].consent)).status == 200
    rest = (await desk.page(limit=50, after=first["next"])).data["reviews"]
    assert [one["consent"] for one in rest] == [scopes[place].consent for place in (2, 3, 1)]


@pytest.mark.parametrize("after", ["", "x", "open.1.2.3", "open.x.con_.org_", "done.1", "open.1.2.3.4", "%00"])
async def test_a_place_that_no_page_said_is_malformed(desk, after):
    assert (await desk.page(after=after)).code == "malformed"


async def test_asking_is_limited(desk, recorded):
    desk.officer.running.clock.stop()
    codes = [(await desk.page(limit=1)).code for _ in range(61)]
    assert codes == [""] * 60 + ["rate_limited"]


async def test_ones_own_emergency_is_not_reviewed_behind_a_colleagues_version(story, desk, intern, specialist):
    mine = emergency(desk.officer, [desk.officer.me, intern.me])
    assert (await desk.officer.record(mine)).status == 200
    wider = intern.following(mine, recipients=(*mine.recipients, PersonRecipient(specialist.me)))
    assert (await intern.record(wider)).status == 200
    assert (await desk.review(mine.consent, version=2)).code == "review_own"
