"""A server that hesitates, on which scenes are played one after the other, each with an ending in the midst of acts."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

import inscope_server.app
import inscope_server.database
from inscope_protocol.policy import Policy
from inscope_protocol.types import convert
from server.interleavings.acts import ABOUT_AN_IMAGE, ACTS, Act, get_ready_for
from server.interleavings.cast import Cast, two_hospitals
from server.interleavings.endings import BY_TIME, ENDINGS, taking_out
from server.interleavings.hesitation import Hesitation
from server.interleavings.scene import Scene
from server.interleavings.witness import Witness
from server.stateful.evidence import Violation
from world.organisation import Organisation
from world.running import POLICIES, Running, TestClock

SCENES_OF_A_CAST = 20
BASE = convert(json.loads((POLICIES / "base-1.json").read_text("utf-8")), Policy)


@dataclass
class Theatre:
    """`seen` counts endings, and what acts met."""

    running: Running
    hospitals: tuple[Organisation, Organisation]
    hesitation: Hesitation
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def play(self, times: int, seed: int, endings: Sequence[Any] = ENDINGS, acts: Sequence[Act] = ACTS) -> None:
        """`endings`, `acts`: of which each scene draws some."""
        for first in range(0, times, SCENES_OF_A_CAST):
            cast = await Cast.of(self.running, *self.hospitals)
            try:
                for number in range(first, min(first + SCENES_OF_A_CAST, times)):
                    random = Random(f"{seed} {number}")
                    scene, drawn = await self._scene(cast, random, endings, acts)
                    try:
                        await self._interleave(scene, random, *drawn)
                    except Violation as violation:
                        which = (
                            f"INSCOPE_SEED={seed}, number {number}",
                            *(one.__name__ for one in (drawn[0], *drawn[1])),
                        )
                        raise Violation(*which, *violation.args) from violation
            finally:
                await cast.leave()

    async def _scene(
        self, cast: Cast, random: Random, endings: Sequence[Any], acts: Sequence[Act]
    ) -> tuple[Scene, tuple[Any, list[Act]]]:
        """A scene with the ending and the acts that will meet in it."""
        ending, chosen = random.choice(endings), random.choices(acts, k=random.choice((2, 3, 4)))
        needs_one = ending is taking_out or ABOUT_AN_IMAGE & set(chosen)
        scene = await Scene.of(cast, random.choice((1, 1, 2) if needs_one else (0, 0, 1, 2)))
        await get_ready_for(chosen, scene)
        return scene, (ending, chosen)

    async def _interleave(self, scene: Scene, random: Random, ending: Any, acts: list[Act]) -> None:
        end = await ending(scene)

        async def last() -> None:
            await end()
            scene.acknowledged = next(scene.instants)

        await self._together([last(), *(act(scene, random) for act in acts)], random)
        await self._afterwards(scene, swept=ending in BY_TIME)
        self.seen[ending.__name__, ""] += 1
        self.seen.update((deed.what, deed.answer.code or "ok") for deed in scene.deeds)
        self.running.clock.advance(3000)  # A device may do so much a minute.
        if scene.attested:
            await scene.cast.attest()

    async def _together(self, runs: list[Awaitable[None]], random: Random) -> None:
        """In random order, a few milliseconds apart."""

        async def late(run: Awaitable[None]) -> None:
            await asyncio.sleep(random.choice((0, 0, 0.002, 0.005, 0.01)))
            await run

        random.shuffle(runs)
        with self.hesitation.on(random):
            await asyncio.gather(*(late(run) for run in runs))

    async def _afterwards(self, scene: Scene, swept: bool) -> None:
        """Each image is tried once more. Only then the sweeper comes, where time was what ended something."""
        for place, disclosure in enumerate(list(scene.images)):
            for device in (scene.cast.specialist, scene.cast.devices[place % 2 * 2])[: 1 + (place < 2)]:
                await scene.do("open", device, disclosure, device.open(disclosure))
        if swept:
            await self.running.server.sweeper.sweep()
        (await Witness.of(scene, BASE)).check()


@asynccontextmanager
async def theatre_on(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, log: Path | None = None
) -> AsyncIterator[Theatre]:
    """`log`: PostgreSQL's own, which says whether it had to break a deadlock: the order of locks would be wrong."""
    hesitation = Hesitation()
    monkeypatch.setattr(inscope_server.app, "SWEEP_SECONDS", 10**6)
    monkeypatch.setattr(inscope_server.database, "Transaction", hesitation.transaction())
    before = _deadlocks(log)
    running = await Running.start(database_url, folder, TestClock(), session_hours=10**6)
    theatre = Theatre(running, await two_hospitals(running), hesitation)
    try:
        yield theatre
        assert await running.server.audit.verify() is None
    finally:
        await running.close()
    assert _deadlocks(log) == before


def _deadlocks(log: Path | None) -> int:
    return log.read_text(errors="replace").count("deadlock detected") if log else 0
