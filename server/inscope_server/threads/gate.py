"""What a thread asks of the gate. The images feature implements it; without one no thread can be composed."""

from __future__ import annotations

from typing import Any, Protocol

from ..caller import Caller
from ..database import Transaction
from ..errors import Refusal
from .rules import Member

__all__ = ["Gate", "GateRefusal", "Member"]


class GateRefusal(Refusal):
    """A refusal by the gate: `denials` are logged after the transaction has been rolled back."""

    def __init__(self, refusal: Refusal, denials: list[Any]) -> None:
        super().__init__(refusal.code, refusal.message, refusal.remedy, refusal.reasons)
        self.denials = denials


class Gate(Protocol):
    """Called inside the thread's transaction, except `locks_*`, which come first (order: consents, people, thread)."""

    async def before_add(self, tx: Transaction, thread: str, newcomers: list[str]) -> frozenset[str]:
        """Locks what the decision rests on before the thread is locked; returns the consents that are held."""

    async def decide_add(
        self, tx: Transaction, caller: Caller, thread: str, newcomers: list[str], held: frozenset[str]
    ) -> None:
        """Raises GateRefusal `members_not_covered` if an image does not cover the newcomers.

        Raises BeginAnew if there is an image now whose consent is not among those `held`.
        """

    async def before_attach(self, tx: Transaction, thread: str, people: list[str], statements: list[Any]) -> None:
        """Locks the cited consents and the people of the stated epoch before the thread is locked."""

    async def attach(
        self, tx: Transaction, caller: Caller, thread: Any, members: list[Member], message: str, statements: list[Any]
    ) -> None:
        """Verifies each statement, decides again and makes the disclosures live (SPEC S7.7); raises GateRefusal.

        `thread`: its row, which is held, and so are the members.
        """

    async def after_remove(self, tx: Transaction, thread: str) -> None:
        """Decides suspended images again: the person in the way may have left."""

    async def log_denials(self, denials: list[Any]) -> None:
        """One log entry for each, all in one transaction of their own."""
