"""The patient's pages over HTTP, without JavaScript. A link is exchanged for a cookie, so that no address tells."""

from __future__ import annotations

from typing import Any

from ..config import Config
from ..sheets.service import Sheets
from ..web.pages import Pages
from ..web.route import Route
from .answers import Answers
from .desk import AT_LOOK, AT_QUESTION, Desk
from .look_pages import LookPages
from .looking_back import LookingBack
from .naming import Naming
from .question_pages import QuestionPages
from .questions import Questions
from .waiting import Waiting
from .wording import Wording

LINKED = "{token:[A-Za-z0-9_-]{43}}"


def routes(
    questions: Questions,
    answers: Answers,
    waiting: Waiting,
    looking_back: LookingBack,
    naming: Naming,
    sheets: Sheets,
    pages: Pages,
    config: Config,
) -> list[Route]:
    wording = Wording(config.time_zone)
    desk = Desk(naming, sheets, pages, wording, config.origin)
    asked, look = QuestionPages(questions, answers, waiting, desk), LookPages(looking_back, desk)

    def page(method: Any, path: str, handler: Any) -> Route:
        return Route(method, path, desk.not_now_or(handler), access="anyone", page=True)

    return [
        page("GET", f"/patient/{LINKED}", asked.enter),
        page("GET", AT_QUESTION, asked.show),
        page("POST", AT_QUESTION, asked.answer),
        page("POST", "/patient/take-back", asked.take_back),
        page("GET", f"/patient/look/{LINKED}", look.enter),
        page("GET", AT_LOOK, look.show),
        page("POST", "/patient/look/code", look.code),
        page("POST", "/patient/look/take-back", look.take_back),
        page("POST", "/patient/look/less", look.less),
        page("POST", "/patient/look/withdraw", look.withdraw),
    ]
