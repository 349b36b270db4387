"""How far a long act is: told to whoever shows it, and to nobody otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

Advance = Callable[[int], None]
"""Told how much more is done."""
Shows = Callable[[str, int | None], AbstractContextManager[Advance]]
"""Shows a stage of this name, which is over after so much, or after nobody knows how much."""

_shows: ContextVar[Shows | None] = ContextVar("shows", default=None)


@contextmanager
def shown_by(shows: Shows) -> Iterator[None]:
    """The stages of what is done within are shown."""
    before = _shows.get()
    _shows.set(shows)
    try:
        yield
    finally:
        _shows.set(before)


@contextmanager
def stage(name: str, total: int | None = None) -> Iterator[Advance]:
    shows = _shows.get()
    if shows is None:
        yield lambda _: None
    else:
        with shows(name, total) as advance:
            yield advance
