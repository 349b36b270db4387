"""Notifications over HTTP (API.md, "Notifications")."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from inscope_protocol.types import ThreadKind

from ..web.answers import answer
from ..web.bodies import read_body
from ..web.route import CALLER, Route
from . import responses
from .service import Notifications


class Subscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`endpoint`: of the browser's subscription (W3C Push API); `kinds`: of threads whose messages it is told of."""

    endpoint: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    kinds: Annotated[list[ThreadKind], msgspec.Meta(min_length=1, max_length=3)]


def routes(notifications: Notifications) -> list[Route]:
    async def described(request: web.Request) -> web.Response:
        return answer(await notifications.described(request[CALLER]))

    async def subscribe(request: web.Request) -> web.Response:
        wanted = await read_body(request, Subscription)
        await notifications.subscribe(request[CALLER], wanted.endpoint, wanted.kinds)
        return answer({})

    async def unsubscribe(request: web.Request) -> web.Response:
        await notifications.unsubscribe(request[CALLER])
        return answer({})

    path = "/api/notifications"
    return [
        Route("GET", path, described, access="device", answers={200: responses.Subscribed}),
        Route("PUT", path, subscribe, body=Subscription, refuses=("push_service_unknown", "rate_limited")),
        Route("DELETE", path, unsubscribe, access="device"),
    ]
