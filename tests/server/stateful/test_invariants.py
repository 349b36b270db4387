"""Anything that people may do, in any order, against the whole server: the invariants of DESIGN section 4 hold.

INSCOPE_STATEFUL_EXAMPLES: how many lives are tried on each database; INSCOPE_STATEFUL_STEPS: how long each is;
INSCOPE_STATEFUL_SHRINK: look for the shortest life that fails, which takes minutes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

import inscope_server.app
from inscope_server.audit.store import all_entries
from inscope_server.images import rules
from server.stateful.background import Background
from server.stateful.consent_steps import CONDITIONS, PURPOSES, ConsentSteps
from server.stateful.evidence import Violation
from server.stateful.image_steps import ImageSteps
from server.stateful.thread_steps import CASE, ThreadSteps
from server.stateful.world import World

EXAMPLES = int(os.environ.get("INSCOPE_STATEFUL_EXAMPLES", "15"))
PHASES = tuple(Phase) if "INSCOPE_STATEFUL_SHRINK" in os.environ else (Phase.generate,)
STEPS = int(os.environ.get("INSCOPE_STATEFUL_STEPS", "40"))


class Lives(ThreadSteps, ConsentSteps, ImageSteps):
    """All steps together. A life begins in the middle of a case: its image is shared with all three who are there."""

    @initialize(who=st.sampled_from(["people", "teams", "teams", "organisations", "roles"]))
    def begin(self, who: str) -> None:
        self.gather()
        first, *others = self.model.actors[:3]
        place = self.start(first, CASE, others)
        self.record_for(place, 0, who, PURPOSES[1], CONDITIONS[0], "patient", 600, 1, True)
        self.ask(0, 0, 0, "radiograph", False, 1, 0, True, ())


@pytest.fixture
def background(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Background]:
    monkeypatch.setattr(inscope_server.app, "SWEEP_SECONDS", 10**6)
    background = Background(database_url, tmp_path)
    yield background
    background.close()


def live(background: Background, examples: int) -> None:
    machine = type("Lives", (Lives,), {"world": World(background)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, phases=PHASES,
            suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        ),
    )  # fmt: skip


def test_the_invariants_hold_whatever_people_do(background: Background) -> None:
    live(background, EXAMPLES)
    happened = background.wait(tally(background))
    print(sorted(happened.items()))
    assert {("attach", "permit"), ("open", "permit"), ("ask", "deny"), ("close", "destroyed")} <= set(happened)


async def tally(background: Background) -> Counter[tuple[str, str]]:
    """What the log says has happened in all the lives together."""
    async with background.server.database.read() as tx:
        return Counter((row.event, row.outcome) for row in await all_entries(tx))


def permit_everything(*_: Any) -> list[Any]:
    return []


def test_without_the_decision_they_do_not(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would notice: with the gate's decision switched off a violation is found, and soon."""
    monkeypatch.setattr(rules, "reasons_against", permit_everything)
    with pytest.raises(Violation, match=r"invariant [12]"):
        live(background, 30)
