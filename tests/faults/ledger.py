"""What devices know: what was acknowledged to them, what they read and heard, which halves they were given."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from inscope_protocol.types import PersonRecipient, Scope

Place = tuple[str, int]
"""A thread and a number in it."""


@dataclass
class Image:
    """A disclosure that was granted. `seq`: of its message, once that was acknowledged."""

    disclosure: str
    blob: str
    thread: str
    consent: str
    data: bytes
    seq: int | None = None


@dataclass
class Ledger:
    """Monotonic seconds; `read` and `heard` by device."""

    messages: dict[Place, str] = field(default_factory=dict)
    commits: dict[Place, str] = field(default_factory=dict)
    """The exact bytes (base64url) of commits that were accepted."""
    sent_commits: set[str] = field(default_factory=set)
    acknowledged: list[tuple[float, float]] = field(default_factory=list)
    """When a message was begun, and when it was acknowledged."""
    read: dict[str, dict[Place, Any]] = field(default_factory=lambda: defaultdict(dict))
    heard: dict[str, dict[Place, Any]] = field(default_factory=lambda: defaultdict(dict))
    scopes: dict[str, Scope] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    images: dict[str, Image] = field(default_factory=dict)
    halves: list[tuple[str, str]] = field(default_factory=list)
    """(person, consent) of every server half that was given out."""
    heads: list[Any] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def message(self, thread: str, seq: int, message: str, begun: float) -> None:
        assert self.messages.setdefault((thread, seq), message) == message, "two messages were given one number"
        self.acknowledged.append((begun, time.monotonic()))

    def covers(self, consent: str, person: str) -> bool:
        return PersonRecipient(person) in self.scopes[consent].recipients

    def half(self, person: str, consent: str, *, begun_after_withdrawal: bool) -> None:
        assert self.covers(consent, person), f"{person} was given a half under {consent}, which does not cover them"
        assert not begun_after_withdrawal, f"a half was given out after the withdrawal of {consent}"
        self.halves.append((person, consent))

    def note(self, kept: dict[Place, Any], thread: str, entry: Any) -> None:
        """An entry as a device got it; the same number never says anything else."""
        assert kept.setdefault((thread, entry["seq"]), entry) == entry, "an entry changed"

    def set_back(self, thread: str, last: int, goes_on: int) -> int:
        """The server forgot what came between these numbers, and said so to everybody; how many messages those are."""
        lost = [place for place in self.messages if place[0] == thread and last < place[1] < goes_on]
        for kept in (self.messages, self.commits, *self.read.values(), *self.heard.values()):
            for place in [place for place in kept if place[0] == thread and last < place[1] < goes_on]:
                del kept[place]
        for image in self.images.values():
            if image.thread == thread and image.seq is not None and last < image.seq < goes_on:
                image.seq = None
        return len(lost)

    def recovery(self, killed: float) -> float | None:
        """Seconds from then to the first acknowledgement of a message that was begun after it."""
        later = [at for begun, at in self.acknowledged if begun >= killed]
        return min(later) - killed if later else None
