"""The patient's pages over HTTP, without JavaScript. A link is exchanged for a cookie, so that no address tells."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.policy import was_asked
from inscope_protocol.types import Scope
from inscope_protocol.types import Sheet as NamedSheet

from ..errors import Refusal
from ..images.service import Closing
from ..web.intake import read_whole
from ..web.route import Route
from . import rules
from .copies import AT_COPY, AT_LOOK_COPY, COPY, LOOK, Copies
from .desk import AT_LOOK, AT_QUESTION, Desk
from .looking_back import Locked, LookingBack, View
from .questions import Open, Questions
from .shown import dropped, lists_of, promises
from .wording import Words

QUESTION = "inscope_question"
NOTHING = rules.Chosen(frozenset(), frozenset(), frozenset(), frozenset())
LINKED = "{token:[A-Za-z0-9_-]{43}}"


def routes(questions: Questions, looking_back: LookingBack, copies: Copies, desk: Desk) -> list[Route]:
    asked, look = QuestionPages(questions, copies, desk), LookPages(looking_back, copies, desk)

    def page(method: Any, path: str, handler: Any) -> Route:
        return Route(method, path, desk.not_now_or(handler), access="anyone", page=True)

    return [
        page("GET", f"/patient/{LINKED}", asked.enter),
        page("GET", AT_QUESTION, asked.show),
        page("POST", AT_QUESTION, asked.answer),
        page("POST", AT_COPY, asked.copy),
        page("GET", f"/patient/look/{LINKED}", look.enter),
        page("GET", AT_LOOK, look.show),
        page("GET", AT_LOOK_COPY, copies.looked),
        page("POST", "/patient/look/code", look.code),
        page("POST", "/patient/look/less", look.less),
        page("POST", "/patient/look/withdraw", look.withdraw),
    ]


def _token(request: web.Request) -> bytes | None:
    try:
        return decode_base64url(request.match_info["token"], 32)
    except ProtocolError:
        return None


Form = MultiDict[str]
MOST_FIELDS = 1000


async def _form(request: web.Request) -> Form:
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refusal("malformed", "The form was sent in another way than the page sends it.")
    body = await read_whole(request)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Refusal("malformed", "The form is not in UTF-8, or has very many fields.") from error
    return MultiDict(fields)


def _places(form: Form, name: str) -> frozenset[int]:
    """The ticked places; what is no place ticks nothing."""
    said = [one for one in form.getall(name, []) if one.isascii() and one.isdigit()]
    return frozenset(int(one) for one in said if len(one) < 4)


def _chosen(form: Form) -> rules.Chosen:
    return rules.Chosen(*(_places(form, name) for name in ("purpose", "recipient", "kind", "sensitive")))


def _everything(asked: rules.Question | Scope) -> rules.Chosen:
    conditions = asked.conditions
    lists = (asked.purposes, asked.recipients, conditions.image_kinds, conditions.sensitive)
    return rules.Chosen(*(frozenset(range(len(one))) for one in lists))


class QuestionPages:
    """A question: entered by its link, shown, answered."""

    def __init__(self, questions: Questions, copies: Copies, desk: Desk) -> None:
        self.questions, self.copies, self.desk = questions, copies, desk

    async def enter(self, request: web.Request) -> web.Response:
        token = _token(request)
        secret = None if token is None else await self.questions.open(token)
        return self._over(request) if secret is None else self.desk.exchange(secret, QUESTION, AT_QUESTION)

    def _over(self, request: web.Request) -> web.Response:
        return self.desk.render("patient_over.html", self.desk.words(request), AT_QUESTION, 404, over="over")

    async def show(self, request: web.Request, again: rules.Chosen | None = None) -> web.Response:
        """`again`: what was ticked, where it was too little to share anything."""
        shown = await self.questions.shown(request.cookies.get(QUESTION, ""))
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
            book = await self.desk.naming.book(tx, row.organisation)
            names = await self.desk.naming.recipients(tx, book, question.recipients)
            asker = (await self.desk.naming.people(tx, [row.person]))[row.person]
            had = [] if before is None else await self.desk.naming.recipients(tx, book, before.recipients)
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
        form, cookie = await _form(request), request.cookies.get(QUESTION, "")
        shown = await self.questions.shown(cookie)
        if shown is None:
            return self._over(request)
        said, words = form.get("answer"), self.desk.words(request)
        if said not in ("all", "some", "no") or len(form.getall("answer")) > 1:
            raise Refusal("malformed", "The form does not say one answer.")
        chosen = None if said == "no" else _everything(shown.question) if said == "all" else _chosen(form)
        if chosen is not None and rules.agreed(shown.question, shown.before, chosen) is None:
            return await self.show(request, chosen)
        sheet = self.desk.sheet(words)
        content = sheet.content
        named = NamedSheet(content.sheet, content.version, content.language, sheet.text)
        answered = await self.questions.answer(cookie, named, chosen)
        if answered is None:
            return self._over(request)
        token, wider, closed = answered.look_token, shown.before is not None, shown.unasked is not None
        secret = await self.copies.open(shown.row.token_hash) if answered.decision == "given" else ""
        copy = await self.copies.of_answer(secret, token or "", words)
        page = self.desk.render(
            "patient_answered.html", words, AT_QUESTION, token=token, origin=self.desk.origin, wider=wider,
            decision=answered.decision, closed=closed, copy=None if copy is None else self.copies.can_write(copy),
        )  # fmt: skip
        return self.desk.keep(page, secret, COPY, AT_COPY) if secret else page

    async def copy(self, request: web.Request) -> web.StreamResponse:
        return await self.copies.answered(request, await _form(request))


class LookPages:
    """Looking back: the code first, then everything."""

    def __init__(self, looking_back: LookingBack, copies: Copies, desk: Desk) -> None:
        self.looking_back, self.copies, self.desk = looking_back, copies, desk

    async def enter(self, request: web.Request) -> web.Response:
        token = _token(request)
        secret = None if token is None else await self.looking_back.open(token)
        return self._over(request) if secret is None else self.desk.exchange(secret, LOOK, AT_LOOK)

    def _over(self, request: web.Request) -> web.Response:
        return self.desk.render("patient_over.html", self.desk.words(request), AT_LOOK, 404, over="look_over")

    async def show(self, request: web.Request, done: str = "", wrong: bool = False) -> web.Response:
        words, view = self.desk.words(request), await self.looking_back.view(request.cookies.get(LOOK, ""))
        if view is None:
            return self._over(request)
        if isinstance(view, Locked):
            until, status = words.hour(view.until) if view.until else "", 400 if wrong else 200
            return self.desk.render(
                "patient_code.html", words, AT_LOOK, status, wrong=wrong, until=until, ended=view.ended
            )  # fmt: skip
        values, copy = await self._values(view, words), self.copies.can_write(await self.copies.of_look(view, words))
        return self.desk.render("patient_look.html", words, AT_LOOK, done=done, copy=copy, **values)

    async def _values(self, view: View, words: Words) -> dict[str, Any]:
        people = {person for person, _ in view.openings}.union(*({one.by, *one.reaches} for one in view.images))
        async with self.looking_back.database.read() as tx:
            book = await self.desk.naming.book(tx, view.organisation)
            names = await self.desk.naming.recipients(tx, book, view.scope.recipients)
            named = await self.desk.naming.people(tx, people)
        return {
            "lists": lists_of(words, view.scope, names).losing(words, view.losses),
            "promises": promises(words, view.scope.conditions),
            "scope": view.scope, "ticked": _everything(view.scope),
            "state": self.desk.state(view.scope, words, self.looking_back.clock.now()),
            "images": view.images, "openings": view.openings, "named": named, "asked": was_asked(view.scope),
        }  # fmt: skip

    async def code(self, request: web.Request) -> web.Response:
        form = await _form(request)
        right = await self.looking_back.say_code(request.cookies.get(LOOK, ""), form.get("code", ""))
        return _see_other(self.desk.words(request)) if right else await self.show(request, wrong=True)

    async def less(self, request: web.Request) -> web.Response:
        form, cookie = await _form(request), request.cookies.get(LOOK, "")
        version = form.get("version", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise Refusal("malformed", "The form does not say which version it showed.")
        chosen = _chosen(form)
        closing = await self.looking_back.would_close(cookie, int(version), chosen)
        if closing and form.get("told") != "yes":
            return await self._tell(self.desk.words(request), version, chosen, closing)
        done = await self.looking_back.take_away(cookie, int(version), chosen)
        return await self.show(request, done="done_less" if done else "changed_meanwhile")

    async def _tell(self, words: Words, version: str, chosen: rules.Chosen, closing: list[Closing]) -> web.Response:
        """Before it is done: which pictures nobody could open any more, and because of whom."""
        counts = Counter(person for one in closing for person in one.uncovered)
        async with self.looking_back.database.read() as tx:
            named = await self.desk.naming.people(tx, counts)
        people = [(named[person].name, str(count)) for person, count in counts.most_common()]
        return self.desk.render(
            "patient_less.html", words, AT_LOOK, version=version, chosen=chosen, people=people,
            count=str(len(closing)),
        )  # fmt: skip

    async def withdraw(self, request: web.Request) -> web.Response:
        form, cookie = await _form(request), request.cookies.get(LOOK, "")
        if form.get("sure") != "yes":
            return await self.show(request, done="withdraw_tick")
        done = await self.looking_back.withdraw(cookie)
        return await self.show(request, done="done_withdrawn" if done else "changed_meanwhile")


def _see_other(words: Words) -> web.Response:
    """Looking back, in the language that the code was said in."""
    location = f"{AT_LOOK}?language={words.language}"
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})
