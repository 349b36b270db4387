"""Reviews over HTTP (API.md, "Reviews")."""

from __future__ import annotations

from aiohttp import web

from inscope_protocol.types import ConsentId

from ..web.answers import answer
from ..web.bodies import read_body
from ..web.path import identifier
from ..web.query import number
from ..web.route import CALLER, Route
from .place import read_place
from .service import Finding, Reviews

PAGE, MOST = 20, 50


def routes(reviews: Reviews) -> list[Route]:
    async def page(request: web.Request) -> web.Response:
        await reviews.admit(request[CALLER])
        after = request.query.get("after")
        most = max(1, number(request, "limit", PAGE, MOST))
        return answer(await reviews.page(request[CALLER], None if after is None else read_place(after), most))

    async def review(request: web.Request) -> web.Response:
        await reviews.admit(request[CALLER])
        found, consent = await read_body(request, Finding), identifier(request, "consent", ConsentId)
        return answer({"review": await reviews.review(request[CALLER], consent, found)})

    async def of_consent(request: web.Request) -> web.Response:
        consent = identifier(request, "consent", ConsentId)
        return answer({"reviews": await reviews.of_consent(request[CALLER], consent)})

    return [
        Route("GET", "/api/reviews", page, query=("after", "limit")),
        Route("POST", "/api/reviews/{consent}", review),
        Route("GET", "/api/consents/{consent}/reviews", of_consent),
    ]
