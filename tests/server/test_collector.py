"""What is there when a server has started is never looked at for cycles again; what comes later is."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from inscope_server import collector


class Node:
    """In a cycle with itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    gc.enable()


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
