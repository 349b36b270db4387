"""The authority's own process, as the server's processes reach it. Nobody else has business with it.

Its traces go on with the server's, so that one shows both processes: a `traceparent` is looked at once the caller has
shown the secret, and never before. Who holds that can have the authority asked anything already; a trace that they have
recorded, or numbered, tells no more than one that the authority began. Whoever is turned away at the door leaves none.
"""

from __future__ import annotations

import hmac
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Middleware

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.statements import envelope_object
from inscope_protocol.types import Answer, Scope, decode_payload

from ..errors import Refusal
from ..observing.requests import observed
from ..observing.traces import Traces
from ..web.answers import answer
from ..web.bodies import read_body
from ..web.intake import INTAKE, Intake
from ..web.route import FOLLOWS, Handler, Route
from .contract import Authority
from .wire import SignBody, StatusBody, authorization

T = TypeVar("T")
MOST_BYTES, PACE = 256 * 1024, 100_000.0
"""Of a body, and bytes a second: the server's processes are near."""


def application(authority: Authority, secret: bytes, traces: Traces) -> web.Application:
    """`secret`: 32 bytes that the server holds too."""
    app = web.Application(middlewares=[_door(secret)])
    for route in _routes(_Handlers(authority)):
        app.router.add_route(route.method, route.path, observed(route, route.handler, traces))
    return app


def _routes(handlers: _Handlers) -> list[Route]:
    return [
        Route("GET", "/identity", handlers.identity),
        Route("GET", "/reach", handlers.reach),
        Route("POST", "/status", handlers.status),
        Route("POST", "/answer", handlers.answer),
        Route("POST", "/version", handlers.version),
    ]


def _door(secret: bytes) -> Middleware:
    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        said = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(said, authorization(secret).encode()):
            raise Refusal("not_signed_in", "The authority does not know this secret.", "check_authority_secret_file")
        request[FOLLOWS] = request.headers.get("traceparent", "")
        request[INTAKE] = Intake(MOST_BYTES, PACE)
        return await handler(request)

    return door


class _Handlers:
    def __init__(self, authority: Authority) -> None:
        self.authority = authority

    async def identity(self, _request: web.Request) -> web.Response:
        return answer(self.authority.identity())

    async def reach(self, _request: web.Request) -> web.Response:
        await self.authority.reach()
        return answer({})

    async def status(self, request: web.Request) -> web.Response:
        body = await read_body(request, StatusBody)
        return answer({"envelope": await self.authority.status(body.nonce, body.consents)})

    async def answer(self, request: web.Request) -> web.Response:
        said, visit = await _claimed(request, "answer", Answer)
        return answer({"envelope": envelope_object(await self.authority.answer(said, visit))})

    async def version(self, request: web.Request) -> web.Response:
        scope, visit = await _claimed(request, "consent", Scope)
        return answer({"envelope": envelope_object(await self.authority.version(scope, visit))})


async def _claimed(request: web.Request, name: str, kind: type[T]) -> tuple[T, str]:
    """What is to be signed as a statement `name`, and the visit that is said to say so."""
    body = await read_body(request, SignBody)
    payload = decode_payload(name, decode_base64url(body.payload))
    if not isinstance(payload, kind):
        raise Refusal("wrong_type")
    return payload, body.visit
