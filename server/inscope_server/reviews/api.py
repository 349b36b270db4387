"""Reviews over HTTP (API.md, "Reviews")."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from inscope_protocol.types import ConsentId

from ..web.answers import answer
from ..web.bodies import read_body
from ..web.path import identifier
from ..web.query import query_of
from ..web.route import CALLER, Route
from . import responses
from .place import read_place
from .service import Finding, Reviews


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`after`: the `next` of the page before."""

    after: str | msgspec.UnsetType = msgspec.UNSET
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20


def routes(reviews: Reviews) -> list[Route]:
    async def admit(request: web.Request) -> None:
        await reviews.admit(request[CALLER])

    async def page(request: web.Request) -> web.Response:
        asked = query_of(request, PageQuery)
        after = None if asked.after is msgspec.UNSET else read_place(asked.after)
        return answer(await reviews.page(request[CALLER], after, asked.limit))

    async def review(request: web.Request) -> web.Response:
        found, consent = await read_body(request, Finding), identifier(request, "consent", ConsentId)
        return answer({"review": await reviews.review(request[CALLER], consent, found)})

    async def of_consent(request: web.Request) -> web.Response:
        consent = identifier(request, "consent", ConsentId)
        return answer({"reviews": await reviews.of_consent(request[CALLER], consent)})

    return [
        Route(
            "GET",
            "/api/reviews",
            page,
            query=PageQuery,
            admit=admit,
            answers={200: responses.Page},
            refuses=("not_found", "rate_limited"),
        ),
        Route(
            "POST",
            "/api/reviews/{consent}",
            review,
            admit=admit,
            body=Finding,
            answers={200: responses.Reviewed},
            refuses=("rate_limited", "consent_superseded", "review_closed", "review_own"),
        ),
        Route(
            "GET",
            "/api/consents/{consent}/reviews",
            of_consent,
            answers={200: responses.Reviews},
            refuses=("rate_limited",),
        ),
    ]
