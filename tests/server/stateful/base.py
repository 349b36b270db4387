"""One example: its people, its model, and what is checked after every step."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from inscope_protocol.types import TreeHead
from server.stateful import evidence
from server.stateful.model import Actor, Model, Place
from server.stateful.world import World
from world.device import Answer

T = TypeVar("T")
index = st.integers(0, 59)
"""Which of those there are, whatever their number: shrinks to the first."""


Step = Callable[..., None]


def step(weight: int, when: Callable[[Any], Any] = lambda self: True, **drawn: Any) -> Callable[[Step], Step]:
    """Marks something that people may do: how often it is chosen, when it makes sense, and its strategies."""

    def mark(method: Step) -> Step:
        method.step = (weight, when, drawn)  # type: ignore[attr-defined]
        return method

    return mark


def pick(items: Sequence[T], place: int) -> T:
    return items[place % len(items)]


class Base(RuleBasedStateMachine):
    """`world` is set on a subclass by the test: one server for all examples, new people for each."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.acknowledged: dict[str, Counter[str]] = {}
        self.head = 0
        self.heads: list[TreeHead] = []

    def gather(self) -> None:
        self.model.actors = self.world.enrol([f"Person {secrets.token_hex(6)}" for _ in range(5)])
        self.world.attest_all(self.model.actors)
        self.head = self.wait(self._newest())

    async def _newest(self) -> int:
        async with self.world.running.server.database.read() as tx:
            return (await evidence.head_of(tx)).size

    @rule(data=st.data())
    def something(self, data: st.DataObject) -> None:
        """One rule for all steps: rules of Hypothesis's own are switched off at random, and few lives get far."""
        usable = [name for name, (weight, when, _) in self.steps().items() if when(self) for _ in range(weight)]
        name = data.draw(st.sampled_from(usable), label="step")
        _, _, drawn = self.steps()[name]
        getattr(self, name)(**{key: data.draw(strategy, label=key) for key, strategy in drawn.items()})

    @classmethod
    def steps(cls) -> dict[str, tuple[int, Callable[[Any], Any], dict[str, Any]]]:
        found = {name: getattr(getattr(cls, name), "step", None) for name in dir(cls)}
        return {name: marked for name, marked in found.items() if marked is not None}

    @property
    def now(self) -> int:
        return self.world.now

    def wait(self, awaitable: Any) -> Any:
        return self.world.wait(awaitable)

    def members(self, place: Place) -> list[Actor]:
        return self.model.people(place)

    def outsiders(self, place: Place) -> list[Actor]:
        return [actor for actor in self.model.actors if not place.holds(actor)]

    def expect(self, answer: Answer, code: str) -> bool:
        """True for a success that was expected; a refusal must be the one that the model foresaw."""
        assert answer.code == code, (answer, code)
        return answer.status in (200, 204)

    @invariant()
    def what_the_server_holds_agrees(self) -> None:
        self.wait(self._check())

    async def _check(self) -> None:
        async with self.world.running.server.database.read() as tx:
            await evidence.check_disclosures(tx, self.model)
            await evidence.check_threads(tx, self.model.places, self.acknowledged)
            self.head = await evidence.check_log(tx, self.model, self.head)
        audit = self.world.running.server.audit
        self.heads.append(audit.saved_head(json.dumps(await audit.head()).encode()))

    def teardown(self) -> None:
        broken = self.wait(self.world.running.server.audit.verify(self.heads))
        self.world.leave(self.model.actors)
        evidence.holds(10, broken is None, broken)
