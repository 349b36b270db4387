"""The patient's pages over HTTP, without JavaScript. A link is exchanged for a cookie, so that no address tells."""

from __future__ import annotations

from typing import Any

import msgspec

from ..web.described import FORM, NO_BODY, PAGE, PDF
from ..web.route import Route
from .answers import Answers
from .copies import AT_COPY, AT_LOOK_COPY, Copies
from .desk import AT_LOOK, AT_QUESTION, Desk
from .look_pages import LookPages
from .looking_back import LookingBack
from .question_pages import QuestionPages
from .questions import Questions
from .waiting import Waiting

OVER_OR_NOT_NOW = {404: PAGE, 503: PAGE, 507: PAGE}


class InLanguage(msgspec.Struct):
    """The reader's language, where it is none that the browser names."""

    language: str | msgspec.UnsetType = msgspec.UNSET


LINKED = "{token:[A-Za-z0-9_-]{43}}"


def routes(
    questions: Questions,
    answers: Answers,
    waiting: Waiting,
    looking_back: LookingBack,
    copies: Copies,
    desk: Desk,
) -> list[Route]:
    asked = QuestionPages(questions, answers, waiting, copies, desk)
    look = LookPages(looking_back, copies, desk)

    def page(method: Any, path: str, handler: Any, *refuses: str, body: Any = None, **answers: Any) -> Route:
        """`answers`: what it can be beside a page that says that it is over, or that it cannot be done now."""
        given = {**OVER_OR_NOT_NOW, **{int(status[1:]): kind for status, kind in answers.items()}}
        return Route(
            method, path, desk.not_now_or(handler), access="anyone", page=True, query=InLanguage, body=body,
            answers=given, refuses=refuses,
        )  # fmt: skip

    return [
        page("GET", f"/patient/{LINKED}", asked.offer, _200=PAGE),
        page("POST", f"/patient/{LINKED}", asked.enter, _303=NO_BODY),
        page("GET", AT_QUESTION, asked.show, _200=PAGE),
        page("POST", AT_QUESTION, asked.answer, body=FORM, _200=PAGE, _400=PAGE),
        page("POST", "/patient/take-back", asked.take_back, body=FORM, _200=PAGE),
        page("POST", AT_COPY, asked.copy, body=FORM, _200=PDF, _429=PAGE),
        page("GET", f"/patient/look/{LINKED}", look.enter, _303=NO_BODY),
        page("GET", AT_LOOK, look.show, _200=PAGE),
        page("GET", AT_LOOK_COPY, look.copy, _200=PDF, _429=PAGE),
        page("POST", "/patient/look/code", look.code, body=FORM, _200=PAGE, _303=NO_BODY, _400=PAGE),
        page("POST", "/patient/look/take-back", look.take_back, _200=PAGE),
        page("POST", "/patient/look/less", look.less, body=FORM, _200=PAGE),
        page("POST", "/patient/look/withdraw", look.withdraw, body=FORM, _200=PAGE),
    ]
