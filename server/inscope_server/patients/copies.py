"""The copy to keep: made of an answer just given, or of what looking back shows. No JavaScript needed (SPEC S5.10)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from aiohttp import web

from inscope_protocol.encoding import decode_base64url, encode_base64url, plain_hash
from inscope_protocol.patient_link import look_back_token, patient_token_hash
from inscope_protocol.policy import was_asked
from inscope_protocol.types import Answer, PersonRecipient, Scope
from inscope_protocol.types import Sheet as NamedSheet

from ..database import Transaction
from ..errors import Refusal
from ..sheets.service import Sheet
from ..web.pages import HEADERS
from ..web.rate_limit import RateLimit
from . import store
from .desk import AT_LOOK, Desk
from .kept_copy import Document, Entry, document
from .looking_back import LookingBack, View
from .sessions import PatientSessions
from .shown import state_told
from .typesetting import Typesetter
from .waiting import answer_of
from .wording import Words

AT_COPY, AT_LOOK_COPY = "/patient/copy.pdf", "/patient/look/copy.pdf"


class Copies:
    """Documents for patients: of what a visit has answered, or of what it looks back at."""

    def __init__(
        self, looking_back: LookingBack, sessions: PatientSessions, desk: Desk, typesetter: Typesetter
    ) -> None:
        self.consents, self.waiting = looking_back.consents, looking_back.waiting
        self.sessions, self.desk, self.typesetter = sessions, desk, typesetter
        self.database, self.clock = looking_back.database, looking_back.clock
        self.can_write = typesetter.can_write
        self.limit = RateLimit(self.clock, per_minute=6, burst=3)

    async def of_answer(self, secret: str, words: Words) -> Document | None:
        """What the visit with this secret answered, or what stands of it; None once neither counts."""
        async with self.database.read() as tx:
            visit = await self.sessions.find(tx, secret, "question")
            row = None if visit is None else await store.question_of_token(tx, visit.of)
            entry = None if row is None or row.answer is None else await self._answered(tx, row, words)
            if row is None or entry is None:
                return None
            link = await self._link(tx, look_back_token(decode_base64url(secret, 32)), row.consent)
        return document(words, [entry], row.consent, link, self.clock.now())

    async def of_look(self, view: View, words: Words) -> Document | None:
        """All that looking back shows of the answers; None where nothing stands and no yes waits."""
        entries = []
        async with self.database.read() as tx:
            if view.waiting is not None:
                entries.append(await self._waiting(tx, view.link, view.waiting, words, "waiting_title"))
            if view.scope is not None:
                entries.append(await self._standing(tx, view.link, view.scope, words))
        return document(words, entries, view.link.consent, "", self.clock.now()) if entries else None

    async def _answered(self, tx: Transaction, row: Any, words: Words) -> Entry | None:
        """What rests on this very answer: no version that does says more than it."""
        if await self.waiting.waits(tx, row):
            entry = await self._waiting(tx, row, answer_of(row), words, "agreed_to")
        else:
            standing = await self.consents.standing(tx, row.consent)
            if standing is None or standing.scope.taken.answer != row.answer_hash:
                return None
            entry = await self._standing(tx, row, standing.scope, words)
        asker = (await self.desk.naming.people(tx, [row.person]))[row.person]
        return replace(entry, who=[(words["copy_asked_by"], asker), *entry.who])

    async def _waiting(self, tx: Transaction, given: Any, answer: Answer, words: Words, heading: str) -> Entry:
        """A yes that is not recorded yet says so. `given`: the row of a question or of a link."""
        state = [
            words.plain("waiting", time=words.time(answer.at)),
            words.plain("until", date=words.date(answer.valid_until - 1)),
        ]
        return Entry(
            words[heading], state, await self.desk.told(tx, given, answer, words),
            [(words["copy_recorded_by"], None)], answer.sheet, self._sheet(answer.sheet),
        )  # fmt: skip

    async def _standing(self, tx: Transaction, given: Any, scope: Scope, words: Words) -> Entry:
        key, dates = state_told(words, scope, self.clock.now())
        agreed = await self.desk.told(tx, given, scope, words) if scope.decision == "given" else None
        recorder = None if scope.recorder is None else PersonRecipient(scope.recorder)
        by = None if recorder is None else (await self.desk.names(tx, given, [recorder]))[0]
        return Entry(
            words["agreed_to" if was_asked(scope) else "unasked"], [words.plain(key, **dates)], agreed,
            [(words["copy_recorded_by"], by)], scope.taken.sheet, self._sheet(scope.taken.sheet),
        )  # fmt: skip

    async def _link(self, tx: Transaction, token: bytes, consent: str) -> str:
        row = await store.link(tx, patient_token_hash(token))
        known = row is not None and row.consent == consent
        return f"{self.desk.origin}{AT_LOOK}/{encode_base64url(token)}" if known else ""

    def _sheet(self, named: NamedSheet | None) -> Sheet | None:
        """The very words that a consent names, where they are still here."""
        if named is None or not self.desk.sheets.offers(named):
            return None
        return self.desk.sheets.find(named.sheet, str(named.version), named.language)

    async def send(self, words: Words, secret: str, made: Document | None) -> web.Response:
        """The same answer to who has no visit, whose visit is over, and where it cannot be written."""
        if made is None or not self.can_write(made):
            return self.desk.render("patient_over.html", words, AT_LOOK, 404, title="over_title", over="look_over")
        try:
            self.limit.take(encode_base64url(plain_hash(secret.encode())))
        except Refusal as refusal:
            return self.desk.render("patient_not_now.html", words, AT_LOOK, refusal.status)
        data = await asyncio.to_thread(self.typesetter.write, made)
        headers = {**HEADERS, "Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="consent.pdf"'}
        return web.Response(body=data, content_type="application/pdf", headers=headers)
