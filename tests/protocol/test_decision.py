"""S5.4 beyond the shared cases: what must hold of every decision."""

import copy
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from inscope_protocol.decision import REMEDIES, covers
from inscope_protocol.types import Recipient, Scope, Thread, convert

from .calls import CALLS, decide
from .cases import PURPOSES, policy
from .random_decisions import question

call_narrows = CALLS["narrows"]
QUESTIONS = [question(Random(f"properties {number}")) for number in range(1500)]
ORDER = list(REMEDIES)


def permits(asked: dict[str, Any]) -> bool:
    return not decide(asked)["reasons"]


def changed(asked: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return copy.deepcopy(asked) | changes


def test_about_half_are_permitted() -> None:
    assert 0.35 < sum(map(permits, QUESTIONS)) / len(QUESTIONS) < 0.65


def test_reasons_come_in_the_order_of_the_table_and_name_people_once() -> None:
    for asked in QUESTIONS:
        reasons = decide(asked)["reasons"]
        people = [reason["who"] for reason in reasons if reason["who"]]
        assert len(set(people)) == len(people)
        rows = [min(ORDER.index(reason["code"]), ORDER.index("not_attested")) for reason in reasons]
        assert rows == sorted(rows)
        listed = list(dict.fromkeys(recipient["person"] for recipient in asked["recipients"]))
        assert people == [person for person in listed if person in people]


def test_a_group_is_permitted_when_each_of_its_people_is() -> None:
    for asked in QUESTIONS:
        first: dict[str, Any] = {}
        for recipient in asked["recipients"]:
            first.setdefault(recipient["person"], recipient)
        alone = [permits(changed(asked, recipients=[recipient])) for recipient in first.values()]
        assert permits(asked) == (bool(alone) and all(alone))


def test_one_person_more_never_turns_a_denial_into_a_permit() -> None:
    for asked, other in pairwise(QUESTIONS):
        more = changed(asked, recipients=asked["recipients"] + other["recipients"])
        if asked["recipients"] and not permits(asked):
            assert not permits(more)


@pytest.mark.parametrize(
    "narrower", ["recipients", "purposes", "image_kinds", "deidentified_only", "no_onward_sharing"]
)
def test_a_narrower_scope_never_permits_more(narrower: str) -> None:
    for asked in QUESTIONS:
        if asked["scope"] is None:
            continue
        less = copy.deepcopy(asked)
        holder = less["scope"] if narrower in less["scope"] else less["scope"]["conditions"]
        holder[narrower] = True if isinstance(holder[narrower], bool) else holder[narrower][1:]
        assert permits(asked) or not permits(less)


def test_two_consents_never_add_up() -> None:
    """Each covers one person; neither permits the two together."""
    for asked in QUESTIONS:
        if len({recipient["person"] for recipient in asked["recipients"]}) < 2 or not permits(asked):
            continue
        for recipient in asked["recipients"]:
            entries = [{"kind": "person", "person": recipient["person"]}]
            assert not permits(changed(asked, scope=asked["scope"] | {"recipients": entries}))


def test_covers_agrees_with_the_reasons_about_people() -> None:
    for asked in QUESTIONS:
        if asked["scope"] is None:
            continue
        scope, thread = convert(asked["scope"], Scope), convert(asked["thread"], Thread)
        for recipient in asked["recipients"]:
            reasons = decide(changed(asked, recipients=[recipient]))["reasons"]
            blamed = any(reason["who"] for reason in reasons)
            assert covers(scope, thread, convert(recipient, Recipient), asked["now"]) is not blamed


def test_a_profile_only_narrows() -> None:
    """Whatever a profile says, what it permits the profile without demands permits too."""
    open_to_all = policy(longest_days=[{"purpose": one, "days": 3650} for one in PURPOSES])
    for asked in QUESTIONS:
        if asked["policy"] is not None and permits(asked):
            assert permits(changed(asked, policy=open_to_all))
    assert any(not permits(asked) and permits(changed(asked, policy=open_to_all)) for asked in QUESTIONS)


def test_what_narrows_never_permits_more() -> None:
    """S5.9: a version that `narrows` permits nothing that the one before it did not."""
    random, narrowed = Random("narrower versions"), 0
    for asked in QUESTIONS:
        if asked["scope"] is None:
            continue
        after = narrower(random, asked["scope"])
        if call_narrows({"before": asked["scope"], "after": after}):
            narrowed += 1
            assert permits(asked) or not permits(changed(asked, scope=after))
    assert narrowed > 500


def narrower(random: Random, scope: dict[str, Any]) -> dict[str, Any]:
    """A later version with one thing less, and now and then one thing more."""
    after = copy.deepcopy(scope) | {"version": 2, "previous": scope["record_commitment"]}
    holder, name = random.choice([
        (after, "purposes"), (after, "recipients"), (after["conditions"], "image_kinds"),
        (after["conditions"], "sensitive"), (after["conditions"], "deidentified_only"),
        (after["conditions"], "no_onward_sharing"),
    ])  # fmt: skip
    holder[name] = not holder[name] if isinstance(holder[name], bool) else holder[name][1:]
    return after
