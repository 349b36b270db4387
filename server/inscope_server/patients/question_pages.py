"""A question's pages: entered by its link, shown, answered, and the answer taken back (SPEC S5.10)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.types import Sheet as NamedSheet

from ..errors import Refusal
from . import rules
from .answers import Answers
from .copies import Copies
from .desk import AT_QUESTION, Desk
from .forms import NOTHING, chosen, read_form, token_bytes
from .questions import Open, Questions
from .shown import dropped, lists_of, promises
from .waiting import Waiting
from .wording import Words

QUESTION, COPY = "inscope_question", "inscope_copy"


class QuestionPages:
    """A question: entered by its link, shown, answered."""

    def __init__(self, questions: Questions, answers: Answers, waiting: Waiting, copies: Copies, desk: Desk) -> None:
        self.questions, self.answers, self.waiting = questions, answers, waiting
        self.copies, self.desk = copies, desk

    async def offer(self, request: web.Request) -> web.Response:
        """The link's own page. Whatever fetches it, to preview it say, opens nothing."""
        token = token_bytes(request.match_info["token"])
        if token is None or not await self.questions.can_be_opened(token):
            return self._over(request)
        return self.desk.render(
            "patient_enter.html", self.desk.words(request), request.path, scripts=True
        )  # fmt: skip

    async def enter(self, request: web.Request) -> web.Response:
        token = token_bytes(request.match_info["token"])
        secret = None if token is None else await self.questions.open(token)
        return self._over(request) if secret is None else self.desk.exchange(
            secret, QUESTION, f"{AT_QUESTION}?language={self.desk.words(request).language}"
        )  # fmt: skip

    def _over(self, request: web.Request) -> web.Response:
        return self.desk.render("patient_over.html", self.desk.words(request), AT_QUESTION, 404, over="over")

    async def show(self, request: web.Request, again: rules.Chosen | None = None) -> web.Response:
        """`again`: what was ticked, where it was too little to share anything."""
        shown = await self.questions.shown(self.desk.visit(request, QUESTION))
        if shown is None:
            return self._over(request)
        words = self.desk.words(request)
        values = await self._values(shown, words)
        values |= {"error": again is not None, "ticked": again or NOTHING}
        status = 400 if again else 200
        return self.desk.render("patient_question.html", words, AT_QUESTION, status, scripts=True, **values)

    async def _values(self, shown: Open, words: Words) -> dict[str, Any]:
        question, before, row, now = shown.question, shown.before, shown.row, self.questions.clock.now()
        async with self.questions.database.read() as tx:
            names = await self.desk.names(tx, row, question.recipients)
            asker = (await self.desk.naming.people(tx, [row.person]))[row.person]
            had = [] if before is None else await self.desk.names(tx, row, before.recipients)
        lists = lists_of(words, question, names).but(before, question)
        return {
            "asker": asker, "sheet": self.desk.sheet(words), "sealed": encode_base64url(row.sealed),
            "lists": lists, "divisible": lists.divisible(before), "promises": promises(words, question.conditions),
            "before": None if before is None else lists_of(words, before, had),
            "dropped": [] if before is None else dropped(words, before.conditions, question.conditions),
            "unasked": "" if shown.unasked is None else self.desk.state(shown.unasked, words, now),
            "until": words.date(question.valid_until - 1),
            "later": before is not None and question.valid_until > before.valid_until,
        }  # fmt: skip

    async def answer(self, request: web.Request) -> web.Response:
        form, cookie = await read_form(request), self.desk.visit(request, QUESTION)
        shown = await self.questions.shown(cookie)
        if shown is None:
            return self._over(request)
        said, words = form.get("answer"), self.desk.words(request)
        if said not in ("all", "some", "no"):
            raise Refusal("malformed", "The form does not say one answer.")
        ticked = None if said == "no" else rules.everything(shown.question) if said == "all" else chosen(form)
        if ticked is not None and rules.agreed(shown.question, shown.before, ticked) is None:
            return await self.show(request, ticked)
        sheet = self.desk.sheet(words)
        content = sheet.content
        named = NamedSheet(content.sheet, content.version, content.language, sheet.text)
        answered = await self.answers.answer(cookie, named, ticked)
        if answered is None:
            return self._over(request)
        more = {"wider": shown.before is not None, "closed": shown.unasked is not None}
        secret = await self.copies.open(shown.row.token_hash) if answered.decision == "given" else ""
        copy = await self.copies.of_answer(secret, answered.look_token or "", words)
        can_copy = None if copy is None else self.copies.can_write(copy)
        page = self._answered(words, answered.decision, answered.look_token, copy=can_copy, **more)
        return self.desk.keep(page, secret, COPY) if secret else page

    def _answered(
        self, words: Words, said: str, token: str | None, *, copy: bool | None = None, **more: bool
    ) -> web.Response:
        """`said`: the decision, or what came of taking it back: `taken_back recorded_meanwhile`. `copy`: whether a copy
        to keep can be written; None where there is none.
        """
        link = None if token is None else f"{self.desk.origin}/patient/look/{token}"
        return self.desk.render(
            "patient_answered.html", words, AT_QUESTION, said=said, token=token, link=link, copy=copy, **more
        )  # fmt: skip

    async def copy(self, request: web.Request) -> web.Response:
        form, secret, words = await read_form(request), self.desk.visit(request, COPY), self.desk.words(request)
        return await self.copies.send(words, secret, await self.copies.of_answer(secret, form.get("link", ""), words))

    async def take_back(self, request: web.Request) -> web.Response:
        """What was recorded meanwhile is taken back by the link; the form brings it along, since it is shown once."""
        form, words = await read_form(request), self.desk.words(request)
        done = await self.waiting.take_back_own(self.desk.visit(request, QUESTION))
        if done is None:
            return self._over(request)
        token = form.get("token", "")
        known = None if token_bytes(token) is None else token
        return self._answered(words, "taken_back", None) if done else self._answered(words, "recorded_meanwhile", known)
