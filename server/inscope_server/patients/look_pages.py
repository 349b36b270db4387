"""The pages to look back: the code first, then everything (SPEC S5.9)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from inscope_protocol.policy import was_asked
from inscope_protocol.types import Answer, RecordRecipient, Scope

from ..database import Transaction
from ..errors import Refusal
from .desk import AT_LOOK, Desk
from .forms import NOTHING, chosen, everything, read_form, token_bytes
from .looking_back import Locked, LookingBack, View
from .shown import Told, lists_of, promises
from .wording import Words

LOOK = "inscope_look"


class LookPages:
    """Looking back: the code first, then everything."""

    def __init__(self, looking_back: LookingBack, desk: Desk) -> None:
        self.looking_back, self.desk = looking_back, desk

    async def enter(self, request: web.Request) -> web.Response:
        token = token_bytes(request.match_info["token"])
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
        return self.desk.render("patient_look.html", words, AT_LOOK, done=done, **await self._values(view, words))

    async def _values(self, view: View, words: Words) -> dict[str, Any]:
        people = {person for person, _ in view.openings}.union(*({one.by, *one.reaches} for one in view.images))
        async with self.looking_back.database.read() as tx:
            named = await self.desk.naming.people(tx, people)
            said = [
                None if one is None else await self._told(tx, view, one, words) for one in (view.scope, view.waiting)
            ]
            records = await self.desk.names(tx, view.link, [RecordRecipient(one.organisation) for one in view.filed])
        return {
            "scope": view.scope, "agreed": said[0], "waiting": said[1],
            "ticked": NOTHING if view.scope is None else everything(view.scope),
            "state": "" if view.scope is None else self.desk.state(view.scope, words, self.looking_back.clock.now()),
            "since": "" if view.waiting is None else words.time(view.waiting.at),
            "images": view.images, "openings": view.openings, "named": named,
            "asked": view.scope is None or was_asked(view.scope),
            "filed": [(one, record.name) for one, record in zip(view.filed, records, strict=True)],
        }  # fmt: skip

    async def _told(self, tx: Transaction, view: View, said: Scope | Answer, words: Words) -> Told:
        names = await self.desk.names(tx, view.link, said.recipients)
        return Told(lists_of(words, said, names), promises(words, said.conditions))

    async def take_back(self, request: web.Request) -> web.Response:
        done = await self.looking_back.take_back(request.cookies.get(LOOK, ""))
        return await self.show(request, done="done_taken_back" if done else "changed_meanwhile")

    async def code(self, request: web.Request) -> web.Response:
        form = await read_form(request)
        right = await self.looking_back.say_code(request.cookies.get(LOOK, ""), form.get("code", ""))
        return _see_other(self.desk.words(request)) if right else await self.show(request, wrong=True)

    async def less(self, request: web.Request) -> web.Response:
        form, cookie = await read_form(request), request.cookies.get(LOOK, "")
        version = form.get("version", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise Refusal("malformed", "The form does not say which version it showed.")
        done = await self.looking_back.take_away(cookie, int(version), chosen(form))
        return await self.show(request, done="done_less" if done else "changed_meanwhile")

    async def withdraw(self, request: web.Request) -> web.Response:
        form, cookie = await read_form(request), request.cookies.get(LOOK, "")
        if form.get("sure") != "yes":
            return await self.show(request, done="withdraw_tick")
        done = await self.looking_back.withdraw(cookie)
        return await self.show(request, done="done_withdrawn" if done else "changed_meanwhile")


def _see_other(words: Words) -> web.Response:
    """Looking back, in the language that the code was said in."""
    location = f"{AT_LOOK}?language={words.language}"
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})
