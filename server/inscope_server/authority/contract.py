"""What the rest of the server asks of the consent authority, wherever its key lives."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from inscope_protocol.statements import Envelope
from inscope_protocol.types import Answer, Scope


class Authority(Protocol):
    """In this process (service.py) or in one of its own (remote.py)."""

    def identity(self) -> dict[str, str]:
        """{authority, key}: what sessions tell clients, who pin it at enrolment."""

    async def status(self, nonce: str, consents: Collection[str]) -> dict[str, Any]:
        """A `consent-status` of these consents, as an envelope's JSON object (S5.12)."""

    async def answer(self, answer: Answer) -> Envelope:
        """Signs what a patient answered (S5.10)."""

    async def version(self, scope: Scope) -> Envelope:
        """Signs a version by the patient; refuses what does not narrow the one that stands (S5.9)."""
