"""The patient's pages over HTTP, without JavaScript. A link is exchanged for a cookie, so that no address tells."""

from __future__ import annotations

from typing import Any

import msgspec

from ..web.described import FORM, NO_BODY, PAGE, PDF
from ..web.route import Route
from .answered_pages import AnsweredPages
from .answers import Answers
from .copies import AT_COPY, AT_LOOK_COPY, Copies
from .desk import AT_ANSWERED, AT_LOOK, AT_QUESTION, Desk
from .look_pages import LookPages
from .looking_back import LookingBack
from .own_answers import OwnAnswers
from .question_pages import QuestionPages
from .questions import Questions

OVER_OR_NOT_NOW = {404: PAGE, 503: PAGE, 507: PAGE}


class InLanguage(msgspec.Struct):
    """The reader's language, where it is none that the browser names."""

    language: str | msgspec.UnsetType = msgspec.UNSET


LINKED = "{token:.*}"
"""Whatever stands there: who has mistyped a link is told so by a page."""


def routes(
    questions: Questions,
    answers: Answers,
    looking_back: LookingBack,
    copies: Copies,
    desk: Desk,
) -> list[Route]:
    own = OwnAnswers(looking_back)
    asked, answered = QuestionPages(questions, answers, own, looking_back, desk), AnsweredPages(own, copies, desk)
    look = LookPages(looking_back, copies, desk)

    def page(method: Any, path: str, handler: Any, gives: dict[int, Any], body: Any = None) -> Route:
        """`gives`: what it can be beside a page that says that it is over, or that it cannot be done now."""
        return Route(
            method, path, desk.not_now_or(handler), access="anyone", page=True, query=InLanguage, body=body,
            answers={**OVER_OR_NOT_NOW, **gives},
        )  # fmt: skip

    return [
        page("GET", f"/patient/{LINKED}", asked.offer, {200: PAGE}),
        page("POST", f"/patient/{LINKED}", asked.enter, {303: NO_BODY}),
        page("GET", AT_QUESTION, asked.show, {200: PAGE, 303: NO_BODY}),
        page("POST", AT_QUESTION, asked.answer, {303: NO_BODY, 400: PAGE}, FORM),
        page("GET", AT_ANSWERED, answered.show, {200: PAGE}),
        page("POST", "/patient/take-back", answered.take_back, {303: NO_BODY}),
        page("POST", AT_COPY, answered.copy, {200: PDF, 429: PAGE}),
        page("GET", f"/patient/look/{LINKED}", look.enter, {303: NO_BODY}),
        page("GET", AT_LOOK, look.show, {200: PAGE}),
        page("GET", AT_LOOK_COPY, look.copy, {200: PDF, 429: PAGE}),
        page("POST", "/patient/look/code", look.code, {200: PAGE, 303: NO_BODY, 400: PAGE}, FORM),
        page("POST", "/patient/look/take-back", look.take_back, {200: PAGE}),
        page("POST", "/patient/look/less", look.less, {200: PAGE}, FORM),
        page("POST", "/patient/look/withdraw", look.withdraw, {200: PAGE}, FORM),
    ]
