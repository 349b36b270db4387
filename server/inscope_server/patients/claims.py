"""What patients did, for the consent authority: it signs only what a visit of theirs can say (SPEC S5.9, S5.10)."""

from __future__ import annotations

import json
from typing import Any

import msgspec

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
        found = await self.sessions.find(tx, visit, "question")
        row = None if found is None else await store.question_of_token(tx, found.of)
        if row is None or row.state != "opened" or row.expires_at <= self.clock.now():
            return False
        asked = (row.request, row.consent, row.previous) == (answer.request, answer.consent, answer.previous)
        return asked and rules.allows(question_of(row), await agreed_before(tx, row), answer)

    async def looks_back(self, tx: Transaction, consent: str, visit: str) -> bool:
        found = await self.sessions.find(tx, visit, "look")
        row = None if found is None or not found.proven else await store.link(tx, found.of)
        return row is not None and row.consent == consent


def question_of(row: Any) -> rules.Question:
    return msgspec.convert(json.loads(row.question), rules.Question)


async def agreed_before(tx: Transaction, row: Any) -> Scope | None:
    """What was agreed to earlier, where the question is to make it wider."""
    found = None if row.previous is None else await standing(tx, row.consent)
    return None if found is None else found.scope
