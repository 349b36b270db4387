"""Questions to patients: put by a clinician's device, opened once, answered once (SPEC S5.10)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from inscope_protocol.answering import says_as_answered
from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.patient_link import patient_token_hash
from inscope_protocol.policy import was_asked
from inscope_protocol.statements import Envelope, envelope_object, parse_envelope, statement_hash
from inscope_protocol.types import Answer, Conditions, RecordedByPatient, Scope, Sheet, decode_payload

from ..audit.service import Audit, Happening
from ..authority.contract import Authority
from ..caller import Caller
from ..clock import Clock
from ..consent.records import versions_standing
from ..consent.service import Consents
from ..database import Database, Transaction
from ..errors import Refusal
from ..threads.service import Threads
from ..web.rate_limit import RateLimit
from . import codes, rules, store
from .claims import question_of, stood_before
from .sessions import PatientSessions, Visit

LIFETIME = 30 * 60 * 1000
EMPTY = Conditions(False, False, (), ())


@dataclass(frozen=True)
class Open:
    """A question as its page shows it. `before`: what was agreed to earlier, where it is to become wider;
    `unasked`: what stands so far without anybody's answer, of which all is asked.
    """

    row: Any
    question: rules.Question
    before: Scope | None
    unasked: Scope | None


@dataclass(frozen=True)
class Answered:
    """`look_token`: of the new link to look back, shown once; None where nothing was ever shared."""

    decision: str
    look_token: str | None


class Questions:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        consents: Consents,
        threads: Threads,
        authority: Authority,
        audit: Audit,
        sessions: PatientSessions,
    ) -> None:
        self.database, self.clock, self.consents, self.threads = database, clock, consents, threads
        self.authority, self.audit, self.sessions = authority, audit, sessions
        self.limit = RateLimit(clock, per_minute=60, burst=30)

    # The clinician's side

    async def put(self, caller: Caller, asking: rules.Asking) -> int:
        """Keeps a question; when it ends, in milliseconds. Raises `rate_limited`: each costs a slow hash."""
        self.limit.take(caller.person)
        code_hash, now = await codes.hash_code(asking.code), self.clock.now()
        async with self.database.write() as tx:
            await store.forget_questions(tx, now)
            rules.check_question(asking.question, await self._before(tx, caller, asking), now)
            known = await store.question(tx, asking.request)
            if known or await store.question_of_token(tx, decode_base64url(asking.token_hash)):
                raise Refusal("malformed", "This question was put already.")
            await store.put_question(tx, {
                "request": asking.request, "token_hash": decode_base64url(asking.token_hash),
                "consent": asking.consent, "previous": asking.previous, "person": caller.person,
                "device": caller.device, "organisation": caller.organisation,
                "question": rules.question_bytes(asking.question), "sealed": decode_base64url(asking.sealed),
                "code_hash": code_hash, "state": "put", "expires_at": now + LIFETIME,
            })  # fmt: skip
        return now + LIFETIME

    async def _before(self, tx: Transaction, caller: Caller, asking: rules.Asking) -> Scope | None:
        standing = await versions_standing(tx, [asking.consent])
        if asking.previous is None and not standing:
            return None
        if not standing or not await self.consents.may_amend(tx, caller, asking.consent):
            raise Refusal("not_found")
        if standing[0].hash != asking.previous:
            raise Refusal("consent_conflict")
        found = await self.consents.standing(tx, asking.consent)
        return None if found is None else found.scope

    async def state(self, caller: Caller, request: str) -> dict[str, Any]:
        """`put`, `opened`, `answered` with the answer, or `over`; to who asked."""
        async with self.database.read() as tx:
            row = await store.question(tx, request)
        if row is None or row.person != caller.person:
            raise Refusal("not_found")
        if row.answer is not None:
            return {"state": "answered", "answer": json.loads(row.answer)}
        return {"state": "over" if row.expires_at <= self.clock.now() else row.state}

    async def as_answered(self, tx: Transaction, caller: Caller, scope: Scope) -> bool:
        """Whether a version that names an answer says what was answered, to this person."""
        row = await store.question_of_answer(tx, scope.taken.answer or "")
        if row is None or row.person != caller.person:
            return False
        answer = decode_payload("answer", parse_envelope(json.loads(row.answer)).payload_bytes)
        return isinstance(answer, Answer) and says_as_answered(scope, answer, row.answer_hash)

    # The patient's side

    async def open(self, token: bytes) -> str | None:
        """Exchanges a link, once, for the secret of a visit."""
        async with self.database.write() as tx:
            row = await store.question_of_token(tx, patient_token_hash(token), lock=True)
            if row is None or row.state != "put" or row.expires_at <= self.clock.now():
                return None
            await store.change_question(tx, row.request, state="opened")
            self._tell(tx, row)
            return await self.sessions.open(tx, "question", row.token_hash)

    async def shown(self, cookie: str) -> Open | None:
        """What a visit may answer; None once it is answered or over."""
        async with self.database.read() as tx:
            visit = await self.sessions.find(tx, cookie, "question")
            return None if visit is None else await self._open(tx, visit)

    async def _open(self, tx: Transaction, visit: Visit, *, lock: bool = False) -> Open | None:
        row = await store.question_of_token(tx, visit.of, lock=lock)
        if row is None or row.state != "opened" or row.expires_at <= self.clock.now():
            return None
        question, before = question_of(row), await stood_before(tx, row)
        if before is None or was_asked(before):
            return Open(row, question, before, None)
        return Open(row, question, None, before)

    async def answer(self, cookie: str, sheet: Sheet, chosen: rules.Chosen | None) -> Answered | None:
        """Signs the answer, once. `chosen` None is a refusal. Raises `malformed` where nothing could be shared."""
        return await self.database.run(lambda tx: self._take(tx, cookie, sheet, chosen))

    async def _take(self, tx: Transaction, cookie: str, sheet: Sheet, chosen: rules.Chosen | None) -> Answered | None:
        visit = await self.sessions.find(tx, cookie, "question")
        shown = None if visit is None else await self._open(tx, visit, lock=True)
        if visit is None or shown is None:
            return None
        agreed = None if chosen is None else rules.agreed(shown.question, shown.before, chosen)
        if chosen is not None and agreed is None:
            raise Refusal("malformed", "Nothing was chosen that could be shared.")
        envelope = await self.authority.answer(self._answer(shown.row, sheet, agreed), cookie)
        await store.change_question(
            tx, shown.row.request, state="answered", answer=json.dumps(envelope_object(envelope)).encode(),
            answer_hash=encode_base64url(statement_hash(envelope)),
        )  # fmt: skip
        await store.end_visit(tx, visit.secret_hash)
        if agreed is None:
            await store.drop_answers(tx, shown.row.consent, shown.row.request)
        if agreed is None and shown.unasked is not None and shown.unasked.decision == "given":
            await self._end(tx, shown.row.consent, cookie)
        await self.audit.record(tx, self._happening(shown.row, agreed))
        self._tell(tx, shown.row)
        shared = agreed or shown.unasked
        return Answered("given" if agreed else "refused", await self._link(tx, shown.row) if shared else None)

    async def _end(self, tx: Transaction, consent: str, cookie: str) -> None:
        """A no to what stood without anybody's answer ends it at once, and waits for no device (S5.10)."""
        author = RecordedByPatient(self.authority.identity()["authority"])

        async def sign(scope: Scope) -> Envelope:
            return await self.authority.version(scope, cookie)

        await self.consents.record_by_patient(tx, consent, author, rules.withdrawn, sign)

    def _answer(self, row: Any, sheet: Sheet, agreed: rules.Agreed | None) -> Answer:
        said = agreed or rules.Agreed((), (), EMPTY, self.clock.now())
        return Answer(
            self.authority.identity()["authority"], row.request, row.consent, row.previous,
            "given" if agreed else "refused", said.purposes, said.recipients, said.conditions, said.valid_until,
            sheet, self.clock.now(),
        )  # fmt: skip

    async def _link(self, tx: Transaction, row: Any) -> str:
        """A link to look back by, with the code that the clinician speaks. An earlier one goes on."""
        return await new_link(tx, self.clock, row.consent, row.organisation, row.code_hash)

    def _tell(self, tx: Transaction, row: Any) -> None:
        request, device = row.request, row.device
        tx.after_commit(lambda: self.threads.delivery.changed([device], "question", request))

    @staticmethod
    def _happening(row: Any, agreed: rules.Agreed | None) -> Happening:
        said = [{"code": "given" if agreed else "refused", "who": None, "remedy": "none"}]
        return Happening("answer", "recorded", row.person, row.device, consent=row.consent, reasons=said)


async def new_link(tx: Transaction, clock: Clock, consent: str, organisation: str, code_hash: str) -> str:
    """The token of a new link to look back at a consent; only its hash is kept."""
    token = clock.random(32)
    await store.put_link(tx, {
        "token_hash": patient_token_hash(token), "consent": consent, "organisation": organisation,
        "code_hash": code_hash, "failures": 0, "locked_until": 0, "created_at": clock.now(),
    })  # fmt: skip
    return encode_base64url(token)
