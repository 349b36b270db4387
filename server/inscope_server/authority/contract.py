"""What the rest of the server asks of the consent authority, wherever its key lives, and what it asks of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from inscope_protocol.statements import Envelope
from inscope_protocol.types import Answer, Scope

from ..database import Transaction


class Authority(Protocol):
    """In this process (service.py) or in one of its own (remote.py).

    `visit` is the secret of the patient's visit, as their cookie holds it: nothing is signed in a patient's name
    without one. Raises Refusal; `authority_unavailable` where a process of its own does not answer.
    """

    async def start(self) -> None:
        """Before anything is asked. Raises ConfigError where the authority cannot be reached, or could not sign."""

    async def identify(self) -> dict[str, str]:
        """As `identity`, before anything else is asked: for that it needs no database. Raises ConfigError."""

    async def close(self) -> None: ...

    def identity(self) -> dict[str, str]:
        """{authority, key}: what sessions tell clients, who pin it at enrolment."""

    async def reach(self) -> None:
        """Returns while it answers and reads its database, and raises `authority_unavailable` otherwise."""

    async def status(self, nonce: str, consents: Collection[str]) -> dict[str, Any]:
        """A `consent-status` of these consents, as an envelope's JSON object (S5.12)."""

    async def answer(self, answer: Answer, visit: str) -> Envelope:
        """Signs what a patient answered to the question that this visit opened (S5.10)."""

    async def version(self, scope: Scope, visit: str) -> Envelope:
        """Signs a version by the patient; refuses what does not narrow the one that stands (S5.9)."""


class Claims(Protocol):
    """What patients did, as the database has it (patients/claims.py)."""

    async def look(self, tx: Transaction) -> None:
        """Reads all that the others read, and finds nothing. Raises what the database does where one may not."""

    async def answers(self, tx: Transaction, answer: Answer, visit: str) -> bool:
        """Whether this visit opened the question, unanswered and in time, and the answer is one that it allows."""

    async def takes_away(self, tx: Transaction, scope: Scope, visit: str) -> bool:
        """Whether this visit is to look back at this consent, and has said the code; or may say no to it (S5.10)."""
