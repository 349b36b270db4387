"""What every page of a patient needs: its language, its sheet, names as far as they may be told, and how it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from inscope_protocol.types import Answer, RecipientEntry, Scope

from ..config import cookie_of
from ..database import Transaction
from ..errors import Refusal
from ..sheets.service import Sheet, Sheets
from ..web.pages import Pages
from ..web.route import Handler
from .naming import Named, Naming
from .shown import Told, lists_of, promises, state_told
from .wording import Wording, Words

AT_QUESTION, AT_ANSWERED, AT_LOOK = "/patient", "/patient/answered", "/patient/look"
QUESTION, LOOK = "inscope_question", "inscope_look"
"""The cookies of the two kinds of visit."""

AT_NO_LINK = "/patient/link"
"""Itself no link: where it is said in another language."""
SHEET = "clinical-images"


@dataclass(frozen=True)
class Desk:
    """What both kinds of page need."""

    naming: Naming
    sheets: Sheets
    pages: Pages
    wording: Wording
    origin: str

    def words(self, request: web.Request) -> Words:
        """As chosen on the page, or as the browser prefers."""
        wanted = [request.query.get("language", ""), *_preferred(request.headers.get("Accept-Language", ""))]
        known = {one.lower(): one for one in self.wording.languages}
        for one in wanted:
            found = known.get(one.lower()) or known.get(one.split("-")[0].lower()) or _chinese(one)
            if found:
                return self.wording.of(found)
        return self.wording.of("")

    def sheet(self, words: Words) -> Sheet:
        """The newest version of the sheet, in this language, or in English where it is not there."""
        versions = [one for one in self.sheets.all() if one.content.sheet == SHEET]
        newest = [one for one in versions if one.content.version == versions[0].content.version]
        return next((one for one in newest if one.content.language == words.language), newest[0])

    async def names(self, tx: Transaction, given: Any, recipients: Sequence[RecipientEntry]) -> list[Named]:
        """As far as who gave the patient this link may see them. `given`: the row of a question or of a link."""
        sight = await self.naming.sight(tx, given.person, given.organisation, recipients)
        return await self.naming.recipients(tx, sight, recipients)

    async def told(self, tx: Transaction, given: Any, said: Scope | Answer, words: Words) -> Told:
        names = await self.names(tx, given, said.recipients)
        return Told(lists_of(words, said, names), promises(words, said.conditions))

    def state(self, scope: Scope, words: Words, now: int) -> str:
        """How a consent stands, in a sentence."""
        key, dates = state_told(words, scope, now)
        return words.filled(key, **dates)

    def render(
        self, template: str, words: Words, here: str, status: int = 200, *, scripts: bool = False, **values: Any
    ) -> web.Response:
        """`here`: where the page stands in another language, also when a form led to it. `scripts`: what stands after
        `#` in its address may be a question's secret, which is taken out of it and goes along.
        """
        languages = [(one, self.sheet(self.wording.of(one)).content.language_name) for one in self.wording.languages]
        values |= {"words": words, "languages": languages, "here": here}
        response = self.pages.render(template, status, scripts=scripts, **values)
        response.headers["Cache-Control"] = "no-store"
        return response

    def not_now_or(self, handler: Handler) -> Handler:
        """Where the server or the consent authority cannot do it, a patient is told so in words."""

        async def told(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except Refusal as refusal:
                if refusal.status < 500:
                    raise
                at = AT_LOOK if request.path.startswith(AT_LOOK) else AT_QUESTION
                words, scripts = self.words(request), at == AT_QUESTION
                return self.render("patient_not_now.html", words, at, refusal.status, scripts=scripts)

        return told

    def no_link(self, request: web.Request) -> web.Response:
        """What leads nowhere: mistyped, spent, over, or never given out, all alike."""
        return self.render(
            "patient_over.html",
            self.words(request),
            AT_NO_LINK,
            404,
            title="link_title",
            over="link_over",
            scripts=True,
        )

    def go(self, to: str, words: Words, place: str = "") -> web.Response:
        """On to another page, to be reloaded as often as one likes. What stands after `#` goes along, but for a `place`
        there (RFC 9110, section 10.2.2).
        """
        location = f"{to}?language={words.language}" + (f"#{place}" if place else "")
        return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})

    def keep(self, response: web.Response, secret: str, cookie: str) -> web.Response:
        """A visit's secret, for as long as a visit lasts."""
        response.set_cookie(
            cookie_of(self.origin, cookie), secret, max_age=1800, httponly=True, samesite="Lax",
            secure=self.origin.startswith("https:"),
        )  # fmt: skip
        return response

    def visit(self, request: web.Request, cookie: str) -> str:
        """The secret that was kept under this name, or an empty text."""
        return request.cookies.get(cookie_of(self.origin, cookie), "")


def _preferred(header: str) -> list[str]:
    return [part.split(";")[0].strip() for part in header[:400].split(",")]


def _chinese(language: str) -> str | None:
    return "zh-Hans" if language.lower().split("-")[0] == "zh" else None
