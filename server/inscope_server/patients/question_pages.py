"""A question's pages: entered by its link, shown, answered (SPEC S5.10)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.types import Sheet as NamedSheet

from ..database import Transaction
from ..errors import Refusal
from . import rules
from .answers import Answers
from .desk import AT_ANSWERED, AT_QUESTION, QUESTION, Desk
from .forms import NOTHING, chosen, read_form, token_bytes
from .looking_back import LookingBack
from .own_answers import OwnAnswers
from .questions import Open, Questions
from .shown import dropped, lists_of, promises
from .wording import Words


class QuestionPages:
    """A question: entered by its link, shown, answered."""

    def __init__(
        self, questions: Questions, answers: Answers, own: OwnAnswers, looking_back: LookingBack, desk: Desk
    ) -> None:
        self.questions, self.answers, self.own = questions, answers, own
        self.looking_back, self.desk = looking_back, desk

    async def offer(self, request: web.Request) -> web.Response:
        """The link's own page. Whatever fetches it, to preview it say, opens nothing."""
        token = token_bytes(request.match_info["token"])
        if token is None or not await self.questions.can_be_opened(token):
            return self.desk.no_link(request)
        here = f"{AT_QUESTION}/{encode_base64url(token)}"
        return self.desk.render("patient_enter.html", self.desk.words(request), here, scripts=True)

    async def enter(self, request: web.Request) -> web.Response:
        token = token_bytes(request.match_info["token"])
        secret = None if token is None else await self.questions.open(token)
        if secret is None:
            return self.desk.no_link(request)
        return self.desk.keep(self.desk.go(AT_QUESTION, self.desk.words(request)), secret, QUESTION)

    def _over(self, request: web.Request) -> web.Response:
        words = self.desk.words(request)
        return self.desk.render(
            "patient_over.html", words, AT_QUESTION, 404, title="over_title", over="over", scripts=True
        )  # fmt: skip

    async def _answered_or_over(self, request: web.Request) -> web.Response:
        """Who goes back, or presses twice, is shown what they have answered."""
        own = await self.own.find(self.desk.visit(request, QUESTION))
        words = self.desk.words(request)
        return self._over(request) if own is None else self.desk.go(AT_ANSWERED, words, "answered")

    async def show(self, request: web.Request, again: rules.Chosen | None = None) -> web.Response:
        """`again`: what was ticked, where it was too little to share anything."""
        shown, words = await self.questions.shown(self.desk.visit(request, QUESTION)), self.desk.words(request)
        if shown is None:
            return await self._answered_or_over(request)
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
            losses = await self._losses(tx, shown)
            closes = shown.unasked is not None and bool(await self.looking_back.images.shared_under(tx, row.consent))
        lists = lists_of(words, question, names).but(before, question).losing(words, losses)
        return {
            "asker": asker, "sheet": self.desk.sheet(words), "sealed": encode_base64url(row.sealed),
            "lists": lists, "divisible": lists.divisible(before), "promises": promises(words, question.conditions),
            "before": None if before is None else lists_of(words, before, had),
            "dropped": [] if before is None else dropped(words, before.conditions, question.conditions),
            "unasked": "" if shown.unasked is None else self.desk.state(shown.unasked, words, now),
            "no_closes": closes, "until": words.date(question.valid_until - 1),
            "later": before is not None and question.valid_until > before.valid_until,
        }  # fmt: skip

    async def _losses(self, tx: Transaction, shown: Open) -> dict[tuple[str, int], int]:
        """What is shared already, without anybody's answer, and would close without a single tick."""
        if shown.unasked is None:
            return {}
        return rules.placed_in(shown.question, shown.unasked, await self.looking_back.losses(tx, shown.unasked))

    async def answer(self, request: web.Request) -> web.Response:
        form, cookie = await read_form(request), self.desk.visit(request, QUESTION)
        shown = await self.questions.shown(cookie)
        if shown is None:
            return await self._answered_or_over(request)
        said, words = form.get("answer"), self.desk.words(request)
        if said not in ("all", "some", "no"):
            raise Refusal("malformed", "The form does not say one answer.")
        ticked = None if said == "no" else rules.everything(shown.question) if said == "all" else chosen(form)
        if ticked is not None and rules.agreed(shown.question, shown.before, ticked) is None:
            return await self.show(request, ticked)
        sheet = self.desk.sheet(words)
        content = sheet.content
        named = NamedSheet(content.sheet, content.version, content.language, sheet.text)
        if not await self.answers.answer(cookie, named, ticked):
            return await self._answered_or_over(request)
        return self.desk.keep(self.desk.go(AT_ANSWERED, words, "answered"), cookie, QUESTION)
