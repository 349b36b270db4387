"""What patients did, for the consent authority: it signs only what a visit of theirs can say (SPEC S5.9, S5.10)."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
from msgspec.structs import replace

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.policy import was_asked
from inscope_protocol.types import Answer, Scope

from ..clock import Clock
from ..consent.records import standing, version_of
from ..database import Database, Transaction
from . import rules, store
from .sessions import Kind, PatientSessions

NO_VISIT = encode_base64url(bytes(32))


class VisitClaims:
    """Implements the authority's Claims: reads, and changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.clock, self.sessions = clock, PatientSessions(database, clock)

    async def look(self, tx: Transaction) -> None:
        for kind in get_args(Kind):
            await self.sessions.find(tx, NO_VISIT, kind)
        await store.question_of_token(tx, b"")
        await store.link(tx, b"")

    async def answers(self, tx: Transaction, answer: Answer, visit: str) -> bool:
        row = await self._opened(tx, visit)
        if row is None:
            return False
        before = await stood_before(tx, row)
        if (row.request, row.consent, row.previous) != (answer.request, answer.consent, answer.previous):
            return False
        return rules.allows(question_of(row), before if before and was_asked(before) else None, answer)

    async def takes_away(self, tx: Transaction, scope: Scope, visit: str) -> bool:
        """By who looks back, by a no, or by who takes back an answer that this visit gave."""
        looks_back = await self._looks_back(tx, scope, visit)
        return looks_back or await self._declines(tx, scope, visit) or await self._undoes(tx, scope, visit)

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

    async def _undoes(self, tx: Transaction, scope: Scope, visit: str) -> bool:
        """Exactly what the visit's own answer gave, and nothing else."""
        found = await self.sessions.find(tx, visit, "question")
        row = None if found is None else await store.question_of_token(tx, found.of)
        left = None if row is None else await left_without(tx, row)
        if left is None:
            return False
        new = {"version": scope.version, "previous": scope.previous, "recorded_at": scope.recorded_at}
        return replace(left, recorded_by=scope.recorded_by, **new) == scope

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


async def agreed_before(tx: Transaction, row: Any) -> Scope | None:
    """What the patient had agreed to before this question; None where nobody had asked them."""
    before = await version_of(tx, row.consent, row.previous)
    return before if before is not None and was_asked(before) else None


async def left_without(tx: Transaction, row: Any) -> Scope | None:
    """What would be left of the newest version once the answer is taken back; None where it does not rest on it."""
    found = await standing(tx, row.consent)
    stands = None if found is None else found.scope
    if stands is None or row.answer_hash is None or stands.taken.answer != row.answer_hash:
        return None
    return None if stands.decision != "given" else rules.without_answer(stands, await agreed_before(tx, row))
