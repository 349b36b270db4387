"""What is there when a server has started is never looked at for cycles again; what comes later is."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from inscope_server import app, collector
from inscope_server.config import Config
from world.running import CLIENT, POLICIES, SHEETS


class Node:
    """In a cycle with itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    threshold, froze = gc.get_threshold(), gc.get_freeze_count() > 0
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    gc.enable()
    if froze:
        gc.freeze()


def test_what_was_made_at_the_start_stays_and_later_cycles_go() -> None:
    collector.rest()
    assert not gc.isenabled()
    early = weakref.ref(Node())
    collector.settle()
    assert gc.isenabled()
    later = weakref.ref(Node())
    gc.collect()
    assert later() is None
    assert early() is not None


def test_cycles_go_by_themselves_before_they_are_many() -> None:
    collector.rest()
    collector.settle()
    made = [weakref.ref(Node()) for _ in range(2 * collector.YOUNG)]
    assert sum(one() is not None for one in made) <= collector.YOUNG


async def test_a_server_settles_once_it_has_started(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    monkeypatch.setattr(collector, "settle", lambda: steps.append("settled"))

    async def served(application: web.Application, *_: object) -> None:
        steps.append("made")
        application.freeze()
        await application.startup()
        steps.append("started")
        await application.cleanup()

    monkeypatch.setattr(app, "serve", served)
    await app._serve(
        Config(
            data_dir=str(tmp_path),
            database_url=sqlite_url,
            policies_dir=str(POLICIES),
            client_dir=str(CLIENT),
            sheets_dir=str(SHEETS),
        )
    )
    assert steps == ["made", "settled", "started"]
