"""The copy to keep, over HTTP: from the page that thanks for an answer, and from looking back. No JavaScript needed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.patient_link import patient_token_hash
from inscope_protocol.policy import was_asked
from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import Answer, RecipientEntry, decode_payload
from inscope_protocol.types import Sheet as NamedSheet

from ..database import Transaction
from ..errors import Refusal
from ..sheets.service import Sheet
from ..web.pages import HEADERS
from ..web.rate_limit import RateLimit
from . import store
from .desk import AT_LOOK, Desk
from .kept_copy import Document, Told, document
from .looking_back import LookingBack, View
from .naming import Named
from .sessions import PatientSessions
from .shown import lists_of, promises, state_told
from .typesetting import Typesetter
from .wording import Words

COPY, LOOK = "inscope_copy", "inscope_look"
AT_COPY, AT_LOOK_COPY = "/patient/copy.pdf", "/patient/look/copy.pdf"


class Copies:
    """Documents for patients. A visit of kind `copy` may have the copy of one answer made, and nothing else."""

    def __init__(
        self, looking_back: LookingBack, sessions: PatientSessions, desk: Desk, typesetter: Typesetter
    ) -> None:
        self.looking_back, self.sessions, self.desk, self.typesetter = looking_back, sessions, desk, typesetter
        self.database, self.clock = looking_back.database, looking_back.clock
        self.can_write = typesetter.can_write
        self.limit = RateLimit(self.clock, per_minute=6, burst=3)

    async def open(self, question: bytes) -> str:
        """The secret of a visit for who has just answered the question with this token hash."""
        async with self.database.write() as tx:
            return await self.sessions.open(tx, "copy", question)

    async def of_answer(self, secret: str, token: str, words: Words) -> Document | None:
        """What was answered. `token`: of the link to look back that the page showed; written only if it is one."""
        async with self.database.read() as tx:
            visit = await self.sessions.find(tx, secret, "copy")
            row = None if visit is None else await store.question_of_token(tx, visit.of)
            if row is None or row.answer is None:
                return None
            answer = decode_payload("answer", parse_envelope(json.loads(row.answer)).payload_bytes)
            if not isinstance(answer, Answer) or answer.decision != "given":
                return None
            link = await self._link(tx, token, row.consent)
            names = await self._names(tx, row.organisation, answer.recipients)
            asker = (await self.desk.naming.people(tx, [row.person]))[row.person]
        dates = {"date": words.date(answer.at), "until": words.date(answer.valid_until - 1)}
        told = Told(
            words["agreed_to"], words.plain("state_given", **dates),
            lists_of(words, answer, names), promises(words, answer.conditions),
            [(words["copy_asked_by"], asker), (words["copy_recorded_by"], None)],
            answer.sheet, self._sheet(answer.sheet), link, answer.consent,
        )  # fmt: skip
        return document(words, told, self.clock.now())

    async def of_look(self, view: View, words: Words) -> Document:
        scope, now = view.scope, self.clock.now()
        async with self.database.read() as tx:
            names = await self._names(tx, view.organisation, scope.recipients)
            people = {} if scope.recorder is None else await self.desk.naming.people(tx, [scope.recorder])
        given = scope.decision == "given"
        key, dates = state_told(words, scope, now)
        told = Told(
            words["agreed_to" if was_asked(scope) else "unasked"], words.plain(key, **dates),
            lists_of(words, scope, names) if given else None, promises(words, scope.conditions) if given else [],
            [(words["copy_recorded_by"], None if scope.recorder is None else people[scope.recorder])],
            scope.taken.sheet, self._sheet(scope.taken.sheet), "", scope.consent,
        )  # fmt: skip
        return document(words, told, now)

    async def _names(self, tx: Transaction, organisation: str, entries: tuple[RecipientEntry, ...]) -> list[Named]:
        naming = self.desk.naming
        return await naming.recipients(tx, await naming.book(tx, organisation), entries)

    async def _link(self, tx: Transaction, token: str, consent: str) -> str:
        try:
            row = await store.link(tx, patient_token_hash(decode_base64url(token, 32)))
        except ProtocolError:
            return ""
        return f"{self.desk.origin}{AT_LOOK}/{token}" if row is not None and row.consent == consent else ""

    def _sheet(self, named: NamedSheet | None) -> Sheet | None:
        """The very words that a consent names, where they are still here."""
        if named is None or not self.desk.sheets.offers(named):
            return None
        return self.desk.sheets.find(named.sheet, str(named.version), named.language)

    # Over HTTP

    async def answered(self, request: web.Request, form: Any) -> web.StreamResponse:
        secret, words = request.cookies.get(COPY, ""), self.desk.words(request)
        made = await self.of_answer(secret, form.get("link", ""), words)
        return await self._pdf(request, words, secret, made)

    async def looked(self, request: web.Request) -> web.StreamResponse:
        secret, words = request.cookies.get(LOOK, ""), self.desk.words(request)
        view = await self.looking_back.view(secret)
        made = await self.of_look(view, words) if isinstance(view, View) else None
        return await self._pdf(request, words, secret, made)

    async def _pdf(self, request: web.Request, words: Words, secret: str, made: Document | None) -> web.Response:
        """The same answer to who has no visit, whose visit is over, and where it cannot be written."""
        if made is None or not self.can_write(made):
            return self.desk.render("patient_over.html", words, AT_LOOK, 404, over="look_over")
        try:
            self.limit.take(secret)
        except Refusal as refusal:
            return self.desk.render("patient_not_now.html", words, AT_LOOK, refusal.status)
        data = await asyncio.to_thread(self.typesetter.write, made)
        headers = {**HEADERS, "Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="consent.pdf"'}
        return web.Response(body=data, content_type="application/pdf", headers=headers)
