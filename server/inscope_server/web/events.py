"""What the socket tells a device beside entries, and its answer to a `send` (API.md, "Socket.IO")."""

from __future__ import annotations

from typing import Literal

from inscope_protocol.types import ThreadId

from .described import Told


class Welcomed(Told, frozen=True):
    """A welcome waits: look at `GET /api/welcomes`."""

    thread: ThreadId


class Changed(Told, frozen=True):
    """Look again."""

    what: Literal["consent", "attestation", "session", "question", "review", "filing"]
    id: str


class Goodbye(Told, frozen=True):
    """The connection ends after it."""

    code: Literal["not_signed_in", "not_attested", "replaced"]
