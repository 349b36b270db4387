"""The patient's pages over HTTP, without JavaScript. A link is exchanged for a cookie, so that no address tells."""

from __future__ import annotations

from typing import Any

from ..web.route import Route
from .answers import Answers
from .copies import AT_COPY, AT_LOOK_COPY, Copies
from .desk import AT_LOOK, AT_QUESTION, Desk
from .look_pages import LookPages
from .looking_back import LookingBack
from .question_pages import QuestionPages
from .questions import Questions
from .waiting import Waiting

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

    def page(method: Any, path: str, handler: Any) -> Route:
        return Route(method, path, desk.not_now_or(handler), access="anyone", page=True)

    return [
        page("GET", f"/patient/{LINKED}", asked.offer),
        page("POST", f"/patient/{LINKED}", asked.enter),
        page("GET", AT_QUESTION, asked.show),
        page("POST", AT_QUESTION, asked.answer),
        page("POST", "/patient/take-back", asked.take_back),
        page("POST", AT_COPY, asked.copy),
        page("GET", f"/patient/look/{LINKED}", look.enter),
        page("GET", AT_LOOK, look.show),
        page("GET", AT_LOOK_COPY, look.copy),
        page("POST", "/patient/look/code", look.code),
        page("POST", "/patient/look/take-back", look.take_back),
        page("POST", "/patient/look/less", look.less),
        page("POST", "/patient/look/withdraw", look.withdraw),
    ]
