"""The story at the API, on both databases: the first act takes one round trip, the second is refused everywhere."""

from __future__ import annotations

from msgspec.structs import replace

from inscope_protocol.types import Conditions, GroupRecipient, OrganisationRecipient, RoleRecipient
from world.device import HOUR, Device, new_id


async def audit(device: Device) -> list[tuple[str, str]]:
    server = device.running.server
    assert await server.audit.verify() is None
    async with server.database.read() as tx:
        from inscope_server.audit.store import all_entries

        return [(row.event, row.outcome) for row in await all_entries(tx)]


async def test_a_covered_image_is_attached_and_opened(story, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    assert (await intern.record(scope, thread)).status == 200
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200, sent
    assert (await specialist.open(disclosure)).status == 200
    assert (await intern.open(disclosure)).status == 200
    openings = (await intern.call("GET", f"/api/disclosures/{disclosure}/openings")).data["openings"]
    assert [(row["person"], row["outcome"]) for row in openings] == [(specialist.me, "permit"), (intern.me, "permit")]
    assert ("attach", "permit") in await audit(intern)


async def test_forwarding_to_the_social_group_is_denied_with_names_and_logged(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist)
    social = await story.social(intern, colleague)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    denied = await intern.ask(social, scope, origin=disclosure)
    assert (denied.status, denied.code) == (403, "denied")
    assert denied.reasons == [
        ("purpose_not_covered", None),
        ("social_thread", None),
        ("person_not_covered", colleague.me),
    ]
    assert "server_half" not in denied.data
    assert (await audit(intern))[-1] == ("ask", "deny")


async def test_an_uncovered_person_cannot_be_added_and_nothing_changes(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    before = await intern.thread(thread)
    question = await intern.call("POST", f"/api/threads/{thread}/gate", {"add": [colleague.me]})
    assert question.data["permit"] is False
    refused = await intern.commit(thread, adds=[colleague])
    assert (refused.status, refused.code) == (409, "members_not_covered")
    assert refused.reasons == [("person_not_covered", colleague.me)]
    assert await intern.thread(thread) == before
    assert await colleague.thread(thread) is None
    assert (await colleague.open(disclosure)).code == "not_found"
    assert (await audit(intern))[-1] == ("add", "deny")


async def test_the_two_ways_out_of_a_refused_add(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    await intern.attach(thread, scope)
    wider = intern.following(scope, recipients=(*scope.recipients, story.riverbend.team("Emergency")))
    assert (await intern.record(wider)).data == {"consent": scope.consent, "version": 2, "closed": []}
    assert (await intern.commit(thread, adds=[colleague])).status == 200

    other = await story.case(intern, specialist)
    disclosure, _ = await intern.attach(other, wider)
    narrow = await story.device(story.coastal, "Somebody Else")
    assert (await intern.commit(other, adds=[narrow])).code == "members_not_covered"
    assert (await intern.call("POST", f"/api/disclosures/{disclosure}/remove", {})).status == 200
    assert (await intern.commit(other, adds=[narrow])).status == 200
    assert (await intern.open(disclosure)).code == "disclosure_closed"


async def test_refusal_recorded_means_no_image(story, intern, specialist):
    thread = await story.case(intern, specialist)
    refusal = intern.scope([intern.me, specialist.me], decision="refused")
    await intern.record(refusal, thread)
    denied = await intern.ask(thread, refusal)
    assert denied.reasons == [("consent_refused", None)]


async def test_another_patients_consent_is_the_wrong_subject(story, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    denied = await intern.ask(thread, scope, subject=new_id("sub"))
    assert denied.reasons == [("subject_mismatch", None)]


async def test_withdrawal_ends_access_at_once_and_for_good(story, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    withdrawn = intern.following(scope, decision="withdrawn")
    assert (await intern.record(withdrawn)).data["closed"] == [disclosure]
    refused = await specialist.open(disclosure)
    assert (refused.status, refused.code) == (409, "disclosure_closed")
    assert refused.reasons == [("consent_withdrawn", None)]
    log = (await specialist.call("GET", f"/api/threads/{thread}/log")).data["entries"]
    assert (log[-1]["kind"], log[-1]["state"], log[-1]["code"]) == ("tombstone", "destroyed", "consent_withdrawn")
    again = intern.following(withdrawn, decision="given")
    assert (await intern.record(again)).code == "consent_conflict"
    async with story.running.server.database.read() as tx:
        from inscope_server.images.store import load

        assert (await load(tx, disclosure)).server_half is None


async def test_who_ends_images_elsewhere_is_not_told_that_they_were(story, intern, specialist, colleague):
    """A covered person who withdraws learns of no copy in threads that their device is not in."""
    here, elsewhere = await story.case(intern, specialist), await story.case(intern, colleague)
    scope = intern.scope([intern.me, specialist.me, colleague.me])
    await intern.record(scope, here)
    (seen, _), (unseen, _) = await intern.attach(here, scope), await intern.attach(elsewhere, scope)
    withdrawn = await specialist.record(specialist.following(scope, decision="withdrawn"))
    assert (withdrawn.status, withdrawn.data["closed"]) == (200, [seen])
    assert (await colleague.open(unseen)).code == "disclosure_closed"


async def test_who_recorded_a_consent_takes_out_what_is_in_their_own_threads(story, intern, specialist, colleague):
    """Elsewhere nothing tells them that it is there; they withdraw."""
    here, elsewhere = await story.case(intern, specialist), await story.case(specialist, colleague)
    scope = intern.scope([intern.me, specialist.me, colleague.me])
    await intern.record(scope, here)
    near, _ = await specialist.attach(here, scope)
    far, _ = await specialist.attach(elsewhere, scope, origin=near)
    removed = [await intern.call("POST", f"/api/disclosures/{one}/remove", {}) for one in (near, far, new_id("dis"))]
    assert [answer.code for answer in removed] == ["", "not_found", "not_found"]
    assert (await colleague.open(far)).status == 200


async def test_narrowing_destroys_and_a_wider_consent_does_not_bring_back(story, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    narrow = intern.following(scope, recipients=scope.recipients[:1])
    assert (await intern.record(narrow)).data["closed"] == [disclosure]
    wide = intern.following(narrow, recipients=scope.recipients)
    assert (await intern.record(wide)).data["closed"] == []
    assert (await specialist.open(disclosure)).code == "disclosure_closed"


async def test_an_image_past_its_instant_is_refused_then_swept(story, intern, specialist):
    thread = await story.case(intern, specialist)
    now = story.running.clock.now()
    scope = intern.scope([intern.me, specialist.me], valid_until=now + HOUR)
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    story.running.clock.advance(HOUR)
    denied = await specialist.open(disclosure)
    assert denied.reasons == [("consent_expired", None)]
    await story.running.server.sweeper.sweep()
    assert (await specialist.open(disclosure)).code == "disclosure_closed"


async def test_leaving_a_team_suspends_and_coming_back_restores(story, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me], recipients=(*intern.scope([intern.me]).recipients, story.coastal.team("Trauma")))
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    teams = specialist.person.teams
    specialist.person.teams = ()
    await story.coastal.attest(specialist.person)
    closed = [await one.open(disclosure) for one in (specialist, intern)]
    assert [(one.code, one.reasons) for one in closed] == [("denied", [("person_not_covered", None)])] * 2, "for now"
    specialist.person.teams = teams
    await story.coastal.attest(specialist.person)
    assert (await specialist.open(disclosure)).status == 200


async def test_role_organisation_and_group_cover_whom_they_name(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist, colleague)
    entries = (
        RoleRecipient(story.coastal.organisation, "orthopaedic-surgeon"),
        OrganisationRecipient(story.riverbend.organisation),
    )
    scope = intern.scope([], recipients=entries)
    await intern.record(scope, thread)
    assert (await intern.attach(thread, scope))[1].status == 200
    group = intern.scope([], recipients=(GroupRecipient(thread),))
    await intern.record(group, thread)
    assert (await intern.attach(thread, group))[1].status == 200
    elsewhere = await story.case(intern, specialist)
    denied = await intern.ask(elsewhere, group)
    assert denied.reasons == [("person_not_covered", intern.me), ("person_not_covered", specialist.me)]


async def test_conditions_bind(story, intern, specialist):
    thread = await story.case(intern, specialist)
    people = [intern.me, specialist.me]
    scope = intern.scope(people, conditions=Conditions(True, True, ("radiograph",), ()))
    await intern.record(scope, thread)
    assert (await intern.ask(thread, scope)).reasons == [("not_deidentified", None)]
    assert (await intern.ask(thread, scope, kind="photograph", deidentified=True)).reasons == [
        ("image_kind_not_covered", None)
    ]
    disclosure, sent = await intern.attach(thread, scope, deidentified=True)
    assert sent.status == 200
    onward = await story.case(intern, specialist)
    assert (await intern.ask(onward, scope, origin=disclosure, deidentified=True)).reasons == [
        ("onward_sharing_forbidden", None)
    ]


async def test_a_consent_that_changes_between_upload_and_send_stops_the_send(story, intern, specialist):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    granted = await intern.ask(thread, scope)
    await intern.upload(granted.data["blob"], b"sealed")
    await intern.record(intern.following(scope))
    sent = await intern.send_statement(intern.statement(granted, new_id("msg"), b"sealed"))
    assert sent.code == "consent_superseded"
    await story.running.server.sweeper.sweep()
    blobs = list((story.running.folder / "blobs").rglob("*"))
    assert not [path for path in blobs if path.is_file()]


async def test_a_blob_is_the_same_404_when_guessed_foreign_or_taken_out(story, intern, specialist, colleague):
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    await intern.record(scope, thread)
    disclosure, _ = await intern.attach(thread, scope)
    async with story.running.server.database.read() as tx:
        from inscope_server.images.store import load

        blob = (await load(tx, disclosure)).blob
    path = f"/api/blobs/{blob}"
    assert (await specialist.call("GET", path)).data == b"sealed bytes"
    never = await colleague.call("GET", f"/api/blobs/{new_id('blb')}")
    assert (await colleague.call("GET", path)).data == never.data
    await intern.call("POST", f"/api/disclosures/{disclosure}/remove", {})
    gone = await specialist.call("GET", path)
    assert (gone.status, gone.data) == (never.status, never.data) == (404, never.data)


async def test_a_later_version_of_anothers_consent_is_answered_like_one_of_none(intern, colleague):
    scope = intern.scope([intern.me])
    await intern.record(scope)
    own = colleague.scope([colleague.me])
    answers = []
    for consent in (scope.consent, new_id("con")):
        answer = await colleague.record(colleague.following(replace(own, consent=consent)))
        answers.append((answer.status, answer.data))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


async def test_an_id_that_is_none_is_as_absent_as_anothers(intern):
    for device in ("dev_%00", "%00", "dev_" + "A" * 21 + "%00", "x"):
        assert (await intern.call("POST", f"/api/devices/{device}/revoke", {})).code == "not_found"
