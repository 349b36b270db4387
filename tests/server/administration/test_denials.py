"""What was denied to an organisation's people, for its administrator: no patient, image or consent (SPEC S4.7)."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from inscope_server.accounts.staff import own_people
from inscope_server.administration import service
from inscope_server.audit import denials
from inscope_server.clock import day_of
from inscope_server.database import Database
from server.administration.conftest import DAY


@pytest.fixture
async def denied(story, intern, specialist, colleague):
    """An image that may not go to the interns' social group, nor its case to a colleague."""
    thread = await story.case(intern, specialist)
    scope = intern.scope([intern.me, specialist.me])
    assert (await intern.record(scope, thread)).status == 200
    disclosure, sent = await intern.attach(thread, scope)
    assert sent.status == 200
    social = await story.social(intern, colleague)
    assert (await intern.ask(social, scope)).code == "denied"
    assert (await intern.commit(thread, adds=[colleague])).code == "members_not_covered"
    return thread, social, scope, disclosure


async def test_a_denial_is_told_without_its_patient_image_or_consent(office, intern, colleague, denied):
    thread, social, scope, disclosure = denied
    added, asked = await office.found("/denials")
    who = {"person": intern.me, "display_name": "Ines Moreau"}
    assert asked == {
        **who, "at": asked["at"], "attempt": "ask", "kind": "social", "purpose": "none",
        "codes": ["purpose_not_covered", "social_thread", "person_not_covered"],
    }  # fmt: skip
    assert added == {
        **who, "at": added["at"], "attempt": "add", "kind": "case", "purpose": "direct-care-advice",
        "codes": ["person_not_covered"],
    }  # fmt: skip
    assert asked["at"] <= added["at"]
    for secret in (thread, social, scope.consent, scope.subject, disclosure, colleague.me):
        assert secret not in str((added, asked))


async def test_days_count_the_same_by_reason(story, office, intern, denied):
    _, social, _, _ = denied
    first = day_of(story.running.clock.now(), "UTC")
    story.running.clock.advance(2 * DAY)
    for device in (intern, office.device):
        await device.sign_in()
    again = intern.scope([intern.me])
    await intern.record(again)
    assert (await intern.ask(social, again)).code == "denied"
    codes = {"social_thread": 1, "purpose_not_covered": 1, "person_not_covered": 1}
    assert (await office.get("/denials/days")).data["days"] == [
        {"day": day_of(story.running.clock.now(), "UTC"), "denials": 1, "codes": codes},
        {"day": first, "denials": 2, "codes": {**codes, "person_not_covered": 2}},
    ]


async def test_those_of_another_organisations_people_are_not_told(story, office, intern, specialist, denied):
    _, _, scope, disclosure = denied
    before = len(await office.found("/denials"))
    assert (await intern.record(intern.following(scope, decision="withdrawn"))).status == 200
    assert (await specialist.open(disclosure)).code == "disclosure_closed"
    assert len(await office.found("/denials")) == before
    assert (await intern.open(disclosure)).code == "disclosure_closed"
    assert (await office.found("/denials"))[0]["attempt"] == "open"


async def test_questions_and_reports_are_no_attempts(office, intern, denied):
    _, social, scope, _ = denied
    before = await office.found("/denials")
    image = {"image": "img_AAAAAAAAAAAAAAAAAAAAAA", "subject": scope.subject, "kind": "radiograph",
             "deidentified": False, "sensitive": []}  # fmt: skip
    asked = {"consent": scope.consent, "version": 1, "threads": [social], "image": image, "origin": None}
    assert (await intern.call("POST", "/api/decisions", asked)).data["decisions"][0]["permit"] is False
    assert (
        await intern.call("POST", "/api/reports", {"thread": None, "message": None, "code": "log_split"})
    ).status == 200
    assert await office.found("/denials") == before


async def test_they_are_shown_for_thirty_days(story, office, denied):
    story.running.clock.advance(30 * DAY - 1000)
    await office.device.sign_in()
    assert len(await office.found("/denials")) == 2
    story.running.clock.advance(2000)
    assert await office.found("/denials") == (await office.get("/denials/days")).data["days"] == []


async def test_pages_and_days_hold_each_once(office, intern, denied, monkeypatch):
    _, social, scope, _ = denied
    for _ in range(5):
        assert (await intern.ask(social, scope)).code == "denied"
    whole = await office.found("/denials", limit=50)
    assert len(whole) == 7
    for limit in (1, 2, 7):
        assert await office.found("/denials", limit=limit) == whole
    monkeypatch.setattr(service, "BATCH", 2)
    assert sum(one["denials"] for one in (await office.get("/denials/days")).data["days"]) == 7


@pytest.mark.parametrize("after", ["", "x", "1", "1.2.3", "1.x", "-1.2", "%00"])
async def test_a_place_that_no_page_said_is_malformed(office, after):
    assert (await office.get("/denials", after=after)).code == "malformed"


async def test_the_index_of_denials_is_taken(sqlite_url):
    """Else each look would read the whole log."""
    asked = denials.query(own_people("org_"), 5, (9, 9)).limit(20)
    statement = asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    database = Database(sqlite_url)
    async with database.read() as tx:
        plan = [row.detail for row in await tx.all(text(f"EXPLAIN QUERY PLAN {statement}"))]
    await database.close()
    assert any("audit_entries USING INDEX ix_audit_denials" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan
