"""What an entry of the log says, and its exact bytes: identifiers that carry no meaning, codes, no patient data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

COLUMNS = ("seq", "at", "event", "person", "disclosure", "outcome")
"""Those fields of an entry that queries read, and of which the table holds copies."""

Event = Literal[
    "ask", "attach", "open", "add", "question", "close", "consent", "answer", "link", "review", "report",
    "attestation", "revoke", "device", "file", "fetch", "receipt",
]  # fmt: skip
Outcome = Literal["permit", "deny", "suspended", "live", "destroyed", "recorded"]


@dataclass(frozen=True)
class Happening:
    """What the log keeps of a release or a denial, and the people whom a denial names."""

    event: Event
    outcome: Outcome
    person: str | None = None
    device: str | None = None
    thread: str | None = None
    disclosure: str | None = None
    consent: str | None = None
    version: int | None = None
    image: str | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)


def entry_bytes(fields: dict[str, Any]) -> bytes:
    """The exact bytes that are hashed (S10.4): compact JSON, keys sorted, on one line."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def says(body: bytes, columns: dict[str, Any]) -> bool:
    """Whether an entry's bytes say what these columns do; bytes that are no entry say nothing."""
    try:
        fields = json.loads(body)
        return isinstance(fields, dict) and all(fields[name] == value for name, value in columns.items())
    except (ValueError, KeyError, RecursionError):
        return False
