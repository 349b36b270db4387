"""What a patient has answered, shown for as long as their visit lasts, with a copy to keep; taken back (SPEC S5.10)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..database import Transaction
from .claims import question_of
from .copies import Copies
from .desk import AT_ANSWERED, AT_LOOK, AT_QUESTION, QUESTION, Desk
from .own_answers import OwnAnswer, OwnAnswers
from .shown import lists_of
from .wording import Words


class AnsweredPages:
    """Addresses that can be reloaded: phones do so by themselves, and the link to keep must not be lost by it."""

    def __init__(self, own: OwnAnswers, copies: Copies, desk: Desk) -> None:
        self.own, self.copies, self.desk = own, copies, desk

    async def show(self, request: web.Request) -> web.Response:
        words, secret = self.desk.words(request), self.desk.visit(request, QUESTION)
        own = await self.own.find(secret)
        if own is None:
            return self._over(words)
        made = await self.copies.of_answer(secret, words)
        async with self.own.database.read() as tx:
            told = await self._told(tx, own, words)
        return self.desk.render(
            "patient_answered.html", words, AT_ANSWERED, own=own, **told,
            link=f"{self.desk.origin}{AT_LOOK}/{own.token}" if own.token else "",
            copy=None if made is None else self.copies.can_write(made),
        )  # fmt: skip

    def _over(self, words: Words) -> web.Response:
        return self.desk.render("patient_over.html", words, AT_QUESTION, 404, title="over_title", over="over")

    async def _told(self, tx: Transaction, own: OwnAnswer, words: Words) -> dict[str, Any]:
        """What counts, and of what was asked what does not."""
        if own.counts is None:
            return {"agreed": None, "left_out": None, "until": ""}
        asked = question_of(own.row)
        names = await self.desk.names(tx, own.row, asked.recipients)
        return {
            "agreed": await self.desk.told(tx, own.row, own.counts, words),
            "left_out": lists_of(words, asked, names).but(own.counts, asked),
            "until": words.filled("until", date=words.date(own.counts.valid_until - 1)),
        }

    async def take_back(self, request: web.Request) -> web.Response:
        words, secret = self.desk.words(request), self.desk.visit(request, QUESTION)
        await self.own.take_back(secret)
        return self.desk.go(AT_ANSWERED, words, "answered")

    async def copy(self, request: web.Request) -> web.Response:
        words, secret = self.desk.words(request), self.desk.visit(request, QUESTION)
        return await self.copies.send(words, secret, await self.copies.of_answer(secret, words))
