"""Who counts as witness to a spoken answer: another person, whom the recorder's organisation sees (SPEC S5.3, S5.7)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from inscope_protocol.types import Scope
from world.device import HOUR, TAKEN, Device, new_id
from world.organisation import Organisation


def witnessed(scope: Scope, witness: str | None, **changes: Any) -> Scope:
    return replace(scope, taken=replace(TAKEN, witness=witness), **changes)


async def stranger(story: Any) -> Device:
    """Attested by an organisation that Riverbend does not know."""
    elsewhere = Organisation(story.running, "Elsewhere Clinic")
    await elsewhere.register()
    return await story.device(elsewhere, "Stranger")


async def test_a_colleague_of_an_organisation_that_is_known_is_a_witness(intern, specialist, colleague):
    for witness in (colleague.me, specialist.me):
        assert (await intern.record(witnessed(intern.scope([intern.me]), witness))).status == 200


@pytest.mark.parametrize("version", [1, 2])
async def test_who_records_it_nobody_and_strangers_are_no_witness(story, intern, version):
    first = intern.scope([intern.me])
    if version == 2:
        assert (await intern.record(first)).status == 200
    answers = []
    for witness in (intern.me, new_id("per"), (await stranger(story)).me):
        scope = first if version == 1 else intern.following(first)
        answers.append(await intern.record(witnessed(scope, witness)))
    assert {answer.status for answer in answers} == {409}
    assert all(answer.data == answers[0].data for answer in answers)
    assert (answers[0].code, answers[0].data["error"]["remedy"]) == ("witness_unknown", "choose_witness")
    assert "taken.witness" in answers[0].data["error"]["message"]


async def test_whose_attestation_has_run_out_is_no_witness_any_more(story, intern, colleague):
    await story.riverbend.attest(colleague.person, lasts=HOUR)
    before = witnessed(intern.scope([intern.me]), colleague.me)
    assert (await intern.record(before)).status == 200
    story.running.clock.advance(HOUR)
    assert (await intern.record(witnessed(intern.scope([intern.me]), colleague.me))).code == "witness_unknown"
    assert (await intern.record(intern.following(before, recipients=()))).status == 200


async def test_what_names_a_former_witness_is_withdrawn_all_the_same(story, intern, colleague):
    scope = witnessed(intern.scope([intern.me, colleague.me]), colleague.me)
    assert (await intern.record(scope)).status == 200
    assert (await colleague.record(colleague.following(scope, decision="withdrawn"))).status == 200
