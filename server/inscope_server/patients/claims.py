"""What patients did, for the consent authority: it signs only what a visit of theirs can say (SPEC S5.9, S5.10)."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from inscope_protocol.policy import was_asked
from inscope_protocol.types import Answer, Scope

from ..clock import Clock
from ..consent.records import standing
from ..database import Database, Transaction
from . import rules, store
from .sessions import PatientSessions


class VisitClaims:
    """Implements the authority's Claims: reads, and changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.clock, self.sessions = clock, PatientSessions(database, clock)

    async def answers(self, tx: Transaction, answer: Answer, visit: str) -> bool:
        row = await self._opened(tx, visit)
        if row is None:
            return False
        before = await stood_before(tx, row)
        if (row.request, row.consent, row.previous) != (answer.request, answer.consent, answer.previous):
            return False
        return rules.allows(question_of(row), before if before and was_asked(before) else None, answer)

    async def takes_away(self, tx: Transaction, scope: Scope, visit: str) -> bool:
        return await self._looks_back(tx, scope, visit) or await self._declines(tx, scope, visit)

    async def _looks_back(self, tx: Transaction, scope: Scope, visit: str) -> bool:
        found = await self.sessions.find(tx, visit, "look")
        row = None if found is None or not found.proven else await store.link(tx, found.of)
        return row is not None and row.consent == scope.consent

    async def _declines(self, tx: Transaction, scope: Scope, visit: str) -> bool:
        """A no to what stood without anybody's answer ends it."""
        row = await self._opened(tx, visit)
        if row is None or row.consent != scope.consent or scope.decision != "withdrawn":
            return False
        before = await stood_before(tx, row)
        return before is not None and not was_asked(before)

    async def _opened(self, tx: Transaction, visit: str) -> Any:
        """The question that a visit may answer now, or None."""
        found = await self.sessions.find(tx, visit, "question")
        row = None if found is None else await store.question_of_token(tx, found.of)
        return None if row is None or row.state != "opened" or row.expires_at <= self.clock.now() else row


def question_of(row: Any) -> rules.Question:
    return msgspec.convert(json.loads(row.question), rules.Question)


async def stood_before(tx: Transaction, row: Any) -> Scope | None:
    """What the question is to follow."""
    found = None if row.previous is None else await standing(tx, row.consent)
    return None if found is None else found.scope
