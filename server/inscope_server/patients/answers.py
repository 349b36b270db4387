"""What patients answer: chosen on their page, signed by the authority, kept for the clinician's device (SPEC S5.10)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.patient_link import look_back_token
from inscope_protocol.statements import Envelope, envelope_object, statement_hash
from inscope_protocol.types import Answer, Conditions, Scope, Sheet

from ..database import ATTEMPTS, Transaction
from ..errors import Refusal
from . import rules, store
from .links import new_link
from .questions import Open, Questions, happening
from .signing import unless_changed

TIME_TO_RECORD = 24 * 60 * 60 * 1000
EMPTY = Conditions(False, False, (), ())


@dataclass(frozen=True)
class Said:
    """An answer that is not signed yet. `end`: the version by which a no ends what stands on nobody's answer."""

    shown: Open
    agreed: rules.Agreed | None
    answer: Answer
    end: Scope | None


class Answers:
    def __init__(self, questions: Questions) -> None:
        self.questions, self.database, self.clock = questions, questions.database, questions.clock
        self.consents, self.sessions = questions.consents, questions.sessions
        self.authority, self.audit = questions.authority, questions.audit

    async def answer(self, cookie: str, sheet: Sheet, chosen: rules.Chosen | None) -> bool:
        """Keeps one signed answer; False where nothing can be answered. `chosen` None is a refusal.

        Raises `malformed` where nothing could be shared.

        Nothing is held while the authority is asked, which may be silent: what it signed counts if nothing has changed.
        """
        for _ in range(ATTEMPTS):
            said = await self._said(cookie, sheet, chosen)
            if said is None:
                return False
            if await self._signed(cookie, said):
                return True
        raise Refusal("server_busy")

    async def _signed(self, cookie: str, said: Said) -> bool:
        """False where something has changed since it was said: then the patient's choice is read against that anew."""
        answer = await unless_changed(self.authority.answer(said.answer, cookie))
        if answer is None:
            return False
        end = None if said.end is None else await unless_changed(self.authority.version(said.end, cookie))
        if said.end is not None and end is None:
            return False
        return await self.database.run(partial(self._keep, cookie, said, answer, end))

    async def _said(self, cookie: str, sheet: Sheet, chosen: rules.Chosen | None) -> Said | None:
        async with self.database.read() as tx:
            visit = await self.sessions.find(tx, cookie, "question")
            shown = None if visit is None else await self.questions.find_open(tx, visit)
            if shown is None:
                return None
            agreed = None if chosen is None else rules.agreed(shown.question, shown.before, chosen)
            if chosen is not None and agreed is None:
                raise Refusal("malformed", "Nothing was chosen that could be shared.")
            ends = agreed is None and shown.unasked is not None and shown.unasked.decision == "given"
            end = await self._end(tx, shown.row.consent) if ends else None
        return Said(shown, agreed, self._answer(shown.row, sheet, agreed), end)

    async def _end(self, tx: Transaction, consent: str) -> Scope:
        """A no to what stood without anybody's answer ends it at once, and waits for no device."""
        return await self.consents.by_patient(tx, consent, self.authority.identity()["authority"], rules.withdrawn)

    def _answer(self, row: Any, sheet: Sheet, agreed: rules.Agreed | None) -> Answer:
        said = agreed or rules.Agreed((), (), EMPTY, self.clock.now())
        return Answer(
            self.authority.identity()["authority"], row.request, row.consent, row.previous,
            "given" if agreed else "refused", said.purposes, said.recipients, said.conditions, said.valid_until,
            sheet, self.clock.now(),
        )  # fmt: skip

    async def _keep(self, cookie: str, said: Said, answer: Envelope, end: Envelope | None, tx: Transaction) -> bool:
        row, agreed = said.shown.row, said.agreed
        await self.consents.hold(tx, row.consent)
        visit = await self.sessions.find(tx, cookie, "question")
        if visit is None or await self.questions.find_open(tx, visit, lock=True) != said.shown:
            return False
        if said.end is not None and end is not None and not await self.consents.record_by_patient(tx, said.end, end):
            return False
        await store.change_question(
            tx, row.request, state="answered", answer=json.dumps(envelope_object(answer)).encode(),
            answer_hash=encode_base64url(statement_hash(answer)), expires_at=said.answer.at + TIME_TO_RECORD,
        )  # fmt: skip
        await self.sessions.prolong(tx, visit)
        if agreed is None:
            await store.drop_answers(tx, row.consent, row.request)
        await self.audit.record(tx, happening(row, said.answer.decision))
        self.questions.tell(tx, row)
        if agreed is not None or said.shown.unasked is not None:
            await self._link(tx, row, cookie)
        return True

    async def _link(self, tx: Transaction, row: Any, cookie: str) -> None:
        """A link to look back by, with the code that the clinician speaks. An earlier one goes on."""
        token = look_back_token(decode_base64url(cookie, 32))
        await new_link(tx, self.clock, row.consent, row.person, row.organisation, row.code_hash, token)
