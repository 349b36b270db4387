"""A yes from when it is given until a clinician's device has recorded it: for a day, unless it is taken back."""

from __future__ import annotations

import json
from typing import Any

from inscope_protocol.answering import says_as_answered
from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import Answer, Scope, decode_payload

from ..caller import Caller
from ..consent.records import versions_standing
from ..database import Transaction
from . import store
from .questions import Questions, happening


class Waiting:
    """Who records and who takes back lock the question: one of them comes first (SPEC S5.10)."""

    def __init__(self, questions: Questions) -> None:
        self.questions, self.database, self.clock = questions, questions.database, questions.clock
        self.sessions, self.audit = questions.sessions, questions.audit

    async def as_answered(self, tx: Transaction, caller: Caller, scope: Scope) -> bool:
        """Whether a version that names an answer says what was answered to this person, and still counts."""
        row = await store.question_of_answer(tx, scope.taken.answer or "", lock=True)
        if row is None or row.person != caller.person or row.expires_at <= self.clock.now():
            return False
        return says_as_answered(scope, answer_of(row), row.answer_hash)

    async def of_consent(self, tx: Transaction, consent: str, *, lock: bool = False) -> list[Any]:
        """The questions whose yes could still be recorded, the newest first."""
        rows = await store.answered(tx, consent, self.clock.now(), lock=lock)
        return [row for row in rows if await self.waits(tx, row)]

    async def waits(self, tx: Transaction, row: Any) -> bool:
        """No longer once a version stands that the answer does not follow: this answer's own, or another."""
        if row.state != "answered" or row.expires_at <= self.clock.now() or answer_of(row).decision != "given":
            return False
        standing = await versions_standing(tx, [row.consent])
        return bool(row.previous == (standing[0].hash if standing else None))

    async def take_back_all(self, tx: Transaction, consent: str) -> bool:
        """Whether anything waited."""
        rows = await self.of_consent(tx, consent, lock=True)
        for row in rows:
            await self.drop(tx, row)
        return bool(rows)

    async def drop(self, tx: Transaction, row: Any) -> None:
        await store.change_question(tx, row.request, state="over", answer=None, answer_hash=None)
        await self.audit.record(tx, happening(row, "taken_back"))
        self.questions.tell(tx, row)


def answer_of(row: Any) -> Answer:
    answer = decode_payload("answer", parse_envelope(json.loads(row.answer)).payload_bytes)
    if not isinstance(answer, Answer):
        raise TypeError("a stored answer is not an answer")
    return answer
