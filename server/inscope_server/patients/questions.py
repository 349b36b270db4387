"""Questions to patients: put by a clinician's device, opened once (SPEC S5.10). Answering them is in answers.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.patient_link import patient_token_hash
from inscope_protocol.policy import was_asked
from inscope_protocol.types import Scope

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
from . import rules, store
from .claims import question_of, stood_before
from .codes import Codes
from .naming import Naming
from .sessions import PatientSessions, Visit

LIFETIME = 30 * 60 * 1000


@dataclass(frozen=True)
class Open:
    """A question as its page shows it. `before`: what was agreed to earlier, where it is to become wider;
    `unasked`: what stands so far without anybody's answer, of which all is asked.
    """

    row: Any
    question: rules.Question
    before: Scope | None
    unasked: Scope | None


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
        naming: Naming,
        codes: Codes,
    ) -> None:
        self.database, self.clock, self.consents, self.threads = database, clock, consents, threads
        self.authority, self.audit, self.sessions = authority, audit, sessions
        self.naming, self.codes = naming, codes
        self.limit = RateLimit(clock, per_minute=60, burst=30)

    # The clinician's side

    async def put(self, caller: Caller, asking: rules.Asking) -> int:
        """Keeps a question; when it ends, in milliseconds. Raises `rate_limited`: each costs a slow hash."""
        self.limit.take(caller.person)
        rules.check_end(asking.question, self.clock.now())
        code_hash, now = await self.codes.hash(caller.organisation, asking.code), self.clock.now()
        async with self.database.write() as tx:
            await store.forget_questions(tx, now)
            before = await self._before(tx, caller, asking)
            rules.check_question(asking.question, before)
            await self._check_sight(tx, caller, asking.question, before)
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

    async def _check_sight(self, tx: Transaction, caller: Caller, asked: rules.Question, before: Scope | None) -> None:
        """Whom the asker cannot see is answered like one who never was (S3.7). What was agreed to before may stay."""
        had = before.recipients if before is not None and was_asked(before) else ()
        fresh = [one for one in asked.recipients if one not in had]
        sight = await self.naming.sight(tx, caller.person, caller.organisation, fresh)
        if not all(map(sight.covers, fresh)):
            raise Refusal("not_found")

    async def state(self, caller: Caller, request: str) -> dict[str, Any]:
        """`put`, `opened`, `answered` with the answer, or `over`, as is an answer that was not recorded in time or was
        taken back; to who asked.
        """
        async with self.database.read() as tx:
            row = await store.question(tx, request)
        if row is None or row.person != caller.person:
            raise Refusal("not_found")
        if row.expires_at <= self.clock.now():
            return {"state": "over"}
        return {"state": row.state, **({} if row.answer is None else {"answer": json.loads(row.answer)})}

    # The patient's side

    async def can_be_opened(self, token: bytes) -> bool:
        async with self.database.read() as tx:
            return await self._put(tx, token) is not None

    async def _put(self, tx: Transaction, token: bytes, *, lock: bool = False) -> Any:
        """The question that this link still opens, or None."""
        row = await store.question_of_token(tx, patient_token_hash(token), lock=lock)
        return None if row is None or row.state != "put" or row.expires_at <= self.clock.now() else row

    async def open(self, token: bytes) -> str | None:
        """Exchanges a link, once, for the secret of a visit."""
        async with self.database.write() as tx:
            row = await self._put(tx, token, lock=True)
            if row is None:
                return None
            await store.change_question(tx, row.request, state="opened")
            self.tell(tx, row)
            return await self.sessions.open(tx, "question", row.token_hash)

    async def shown(self, cookie: str) -> Open | None:
        """What a visit may answer; None once it is answered or over."""
        async with self.database.read() as tx:
            visit = await self.sessions.find(tx, cookie, "question")
            return None if visit is None else await self.find_open(tx, visit)

    async def find_open(self, tx: Transaction, visit: Visit, *, lock: bool = False) -> Open | None:
        row = await store.question_of_token(tx, visit.of, lock=lock)
        if row is None or row.state != "opened" or row.expires_at <= self.clock.now():
            return None
        question, before = question_of(row), await stood_before(tx, row)
        if before is None or was_asked(before):
            return Open(row, question, before, None)
        return Open(row, question, None, before)

    async def drop_answers(self, tx: Transaction, consent: str) -> None:
        """A no that a restored database has forgotten: nobody records a yes from before it."""
        await store.drop_answers(tx, consent, "")

    def tell(self, tx: Transaction, row: Any) -> None:
        """The asker's device looks again."""
        request, device = row.request, row.device
        tx.after_commit(lambda: self.threads.delivery.changed([device], "question", request))


def happening(row: Any, said: str) -> Happening:
    """`said`: `given`, `refused` or `taken_back`."""
    reasons = [{"code": said, "who": None, "remedy": "none"}]
    return Happening("answer", "recorded", row.person, row.device, consent=row.consent, reasons=reasons)
