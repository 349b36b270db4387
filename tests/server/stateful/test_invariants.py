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
from msgspec.structs import replace

import inscope_server.app
from inscope_protocol.types import PolicyName
from inscope_server.audit.store import all_entries
from inscope_server.consent.policies import Policies
from inscope_server.consent.service import Consents
from inscope_server.images import rules
from server.stateful.background import Background
from server.stateful.consent_steps import CONDITIONS, WRITTEN, How, ways
from server.stateful.evidence import Violation
from server.stateful.image_steps import ImageSteps
from server.stateful.look_back_steps import LookBackSteps
from server.stateful.model import KNOWN
from server.stateful.question_steps import LIES
from server.stateful.thread_steps import CASE, ThreadSteps
from server.stateful.world import World
from world.device import new_id

EXAMPLES = int(os.environ.get("INSCOPE_STATEFUL_EXAMPLES", "10"))
PHASES = tuple(Phase) if "INSCOPE_STATEFUL_SHRINK" in os.environ else (Phase.generate,)
STEPS = int(os.environ.get("INSCOPE_STATEFUL_STEPS", "40"))


class Lives(ThreadSteps, ImageSteps, LookBackSteps):
    """All steps together. A life begins in the middle of a case: under a country's profile two images are shared with
    all three who are there, each under a consent of its own of one patient, who answered one on the phone. A third is
    asked for under one that was taken in any way.
    """

    @initialize(
        profile=st.sampled_from(list(KNOWN)),
        who=st.sampled_from(["people", "teams", "teams", "organisations", "roles"]),
        how=ways(),
        sensitive=st.sampled_from([(), ("intimate",)]),
        lie=LIES,
    )
    def begin(self, profile: PolicyName, who: str, how: How, sensitive: tuple[Any, ...], lie: str) -> None:
        self.gather()
        self.change_profile(profile)
        first, *others = self.model.actors[:3]
        place, patient = self.start(first, CASE, others), new_id("sub")
        self.record_for(place, 0, patient, who)
        self.ask(0, 0, 0, "radiograph", False, 1, 0, True, ())
        self.agree(place, first, patient, lie)
        self.ask(0, 0, 0, "radiograph", False, 1, 0, True, ())
        self.record_for(place, 0, patient, who, conditions=CONDITIONS[1], how=how)
        self.ask(0, 0, 0, "photograph", False, 1, 0, True, sensitive)


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
    assert {
        ("attach", "permit"),
        ("open", "permit"),
        ("ask", "deny"),
        ("close", "destroyed"),
        ("answer", "recorded"),
    } <= set(happened)


async def tally(background: Background) -> Counter[tuple[str, str]]:
    """What the log says has happened in all the lives together."""
    async with background.server.database.read() as tx:
        return Counter((row.event, row.outcome) for row in await all_entries(tx))


# Teeth: with a guard of the server taken out, the test above finds what it lets through, and soon.


def permit_everything(*_: Any) -> list[Any]:
    return []


_named = Policies.named


def without_demands(self: Policies, name: PolicyName) -> Any:
    policy = _named(self, name)
    return None if policy is None else replace(policy, demands=())


async def whatever_it_says(*_: Any) -> bool:
    return True


UNTOLD = {"sensitive": ("intimate",), "how": How("patient", replace(WRITTEN, how="verbal", sheet=None)), "lie": ""}
UNSAID = {"sensitive": (), "how": How(), "lie": "more"}
BROKEN: dict[str, tuple[Any, str, Any, dict[str, Any]]] = {
    "nothing is decided": (rules, "reasons_against", permit_everything, UNTOLD),
    "profiles demand nothing": (Policies, "named", without_demands, UNTOLD),
    "nobody compares a version with the answer": (Consents, "_is_as_answered", whatever_it_says, UNSAID),
}
"""What is taken out, and a life that may be drawn: what no country lets pass is asked for, or more is recorded than was
answered.
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_server_is_found_out(background: Background, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    owner, name, instead, drawn = BROKEN[broken]
    life = type("Lives", (Lives,), {"world": World(background)})()
    monkeypatch.setattr(owner, name, instead)
    with pytest.raises(Violation, match="invariant 1"):
        life.begin(profile=PolicyName("au", 1), who="people", **drawn)
    life.world.leave(life.model.actors)
