"""Spans: how long a request or a socket event took, and each of its parts. No library is named here.

What is traced now is in a context variable, which follows a request through its awaits. Where nothing is traced, a part
costs one look at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol

NOTHING: AbstractContextManager[None] = nullcontext()
Part = AbstractContextManager[str | None]
"""What is done within. Its `traceparent` (W3C Trace Context), where there is one: only for a process of ours that is
asked meanwhile, and goes on with this trace.
"""


class Span(Protocol):
    """A request, an event or a piece of work that is traced. `trace`: 32 hexadecimal digits (W3C Trace Context,
    trace-id); `recorded`: whether a collector will hear of it.

    Whatever is told to it leaves this machine: routes, names of events, codes and numbers only.
    """

    trace: str
    recorded: bool

    def part(self, name: str, *, here: bool = False) -> Part:
        """What is done within takes this part of it; `here`: this process itself, and not one that it asks."""

    def answered(self, status: int) -> None:
        """The HTTP status of its answer."""

    def failed(self, code: str, *, fault: bool) -> None:
        """Its failure's code (SPEC S8); `fault`: of this server, and not of who asked."""

    def shared_by(self, others: Sequence[Span]) -> Span:
        """What this one and `others` do together: its parts are this one's, and are linked to the others."""


_current: ContextVar[Span | None] = ContextVar("span", default=None)


def current() -> Span | None:
    return _current.get()


def part(name: str, *, here: bool = False) -> Part:
    """Of whatever is traced now."""
    span = _current.get()
    return NOTHING if span is None else span.part(name, here=here)


def within(span: Span | None) -> AbstractContextManager[None]:
    """What is done within belongs to `span`, where there is one."""
    return NOTHING if span is None else _within(span)


@contextmanager
def _within(span: Span) -> Iterator[None]:
    before = _current.get()
    _current.set(span)
    try:
        yield
    finally:
        _current.set(before)


def together(spans: Sequence[Span | None]) -> AbstractContextManager[None]:
    """What is done within is done for all of these at once."""
    recorded = [span for span in spans if span is not None and span.recorded]
    return within(recorded[0].shared_by(recorded[1:])) if recorded else NOTHING
