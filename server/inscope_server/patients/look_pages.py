"""The pages to look back: the code first, then everything (SPEC S5.9)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from aiohttp import web

from inscope_protocol.encoding import encode_base64url, plain_hash, serialise
from inscope_protocol.policy import was_asked

from ..errors import Refusal
from ..images.service import Closing
from . import rules
from .copies import Copies
from .desk import AT_LOOK, LOOK, Desk
from .forms import NOTHING, chosen, read_form, token_bytes
from .looking_back import Locked, LookingBack, View
from .wording import Words


class LookPages:
    """Looking back: the code first, then everything."""

    def __init__(self, looking_back: LookingBack, copies: Copies, desk: Desk) -> None:
        self.looking_back, self.copies, self.desk = looking_back, copies, desk

    async def enter(self, request: web.Request) -> web.Response:
        token = token_bytes(request.match_info["token"])
        secret = None if token is None else await self.looking_back.open(token)
        if secret is None:
            return self.desk.no_link(request)
        return self.desk.keep(self.desk.go(AT_LOOK, self.desk.words(request)), secret, LOOK)

    def _over(self, request: web.Request) -> web.Response:
        return self.desk.render(
            "patient_over.html", self.desk.words(request), AT_LOOK, 404, title="over_title", over="look_over"
        )

    async def show(self, request: web.Request, done: str = "", wrong: bool = False) -> web.Response:
        words, view = self.desk.words(request), await self.looking_back.view(self.desk.visit(request, LOOK))
        if view is None:
            return self._over(request)
        if isinstance(view, Locked):
            until, status = words.hour(view.until) if view.until else "", 400 if wrong else 200
            return self.desk.render(
                "patient_code.html", words, AT_LOOK, status, wrong=wrong, until=until, ended=view.ended
            )  # fmt: skip
        values, copy = await self._values(view, words), await self.copies.of_look(view, words)
        can_copy = None if copy is None else self.copies.can_write(copy)
        return self.desk.render("patient_look.html", words, AT_LOOK, done=done, copy=can_copy, **values)

    async def _values(self, view: View, words: Words) -> dict[str, Any]:
        people = {person for person, _ in view.openings}.union(*({one.by, *one.reaches} for one in view.images))
        async with self.looking_back.database.read() as tx:
            named = await self.desk.naming.people(tx, people)
            agreed, waiting = [
                None if one is None else await self.desk.told(tx, view.link, one, words)
                for one in (view.scope, view.waiting)
            ]
            records = await self.desk.naming.organisations(tx, [one.organisation for one in view.filed])
        return {
            "scope": view.scope, "waiting": waiting,
            "agreed": None if agreed is None else agreed.losing(words, view.losses),
            "ticked": NOTHING if view.scope is None else rules.everything(view.scope),
            "state": "" if view.scope is None else self.desk.state(view.scope, words, self.looking_back.clock.now()),
            "since": "" if view.waiting is None else words.time(view.waiting.at),
            "images": view.images, "openings": view.openings, "named": named,
            "asked": view.scope is None or was_asked(view.scope),
            "filed": [(one, records[one.organisation]) for one in view.filed],
        }  # fmt: skip

    async def take_back(self, request: web.Request) -> web.Response:
        done = await self.looking_back.take_back(self.desk.visit(request, LOOK))
        return await self.show(request, done="done_taken_back" if done else "changed_meanwhile")

    async def code(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        right = await self.looking_back.say_code(self.desk.visit(request, LOOK), form.get("code", ""))
        return self.desk.go(AT_LOOK, self.desk.words(request)) if right else await self.show(request, wrong=True)

    async def less(self, request: web.Request) -> web.Response:
        form, cookie = await read_form(request), self.desk.visit(request, LOOK)
        version = form.get("version", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise Refusal("malformed", "The form does not say which version it showed.")
        kept = chosen(form)
        closing = await self.looking_back.would_close(cookie, int(version), kept)
        if closing and form.get("told") != told_of(closing):
            return await self._tell(self.desk.words(request), version, kept, closing)
        done = await self.looking_back.take_away(cookie, int(version), kept)
        return await self.show(request, done="done_less" if done else "changed_meanwhile")

    async def _tell(self, words: Words, version: str, kept: rules.Chosen, closing: list[Closing]) -> web.Response:
        """Before it is done: which pictures nobody could open any more, and because of whom."""
        counts = Counter(person for one in closing for person in one.uncovered)
        async with self.looking_back.database.read() as tx:
            named = await self.desk.naming.people(tx, counts)
        people = [(named[person].name, str(count)) for person, count in counts.most_common()]
        return self.desk.render(
            "patient_less.html", words, AT_LOOK, version=version, chosen=kept, people=people,
            count=str(len(closing)), told=told_of(closing),
        )  # fmt: skip

    async def withdraw(self, request: web.Request) -> web.Response:
        form, cookie = await read_form(request), self.desk.visit(request, LOOK)
        if form.get("sure") != "yes":
            return await self.show(request, done="withdraw_tick")
        before = await self.looking_back.version(cookie)
        done = await self.looking_back.withdraw(cookie)
        shown = "done_withdrawn" if form.get("version", str(before)) == str(before) else "done_withdrawn_all"
        return await self.show(request, done=shown if done else "changed_meanwhile")

    async def copy(self, request: web.Request) -> web.Response:
        secret, words = self.desk.visit(request, LOOK), self.desk.words(request)
        view = await self.looking_back.view(secret)
        made = await self.copies.of_look(view, words) if isinstance(view, View) else None
        return await self.copies.send(words, secret, made)


def told_of(closing: list[Closing]) -> str:
    """What the page told, in short: where it is something else by the time of the answer, it is told again."""
    return encode_base64url(plain_hash(serialise(sorted((one.disclosure, *one.uncovered) for one in closing))))
