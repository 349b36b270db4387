"""Before any handler: who is asking, from where, with whose token, and with which query."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from aiohttp import web

from ..accounts.service import Accounts
from ..caller import Caller
from ..config import Config
from ..errors import Refusal
from .intake import INTAKE, Intake
from .query import QUERY, read_query
from .route import CALLER, SAFE, TOKEN, Handler, Route


class Opening(msgspec.Struct, forbid_unknown_fields=True):
    """The query that opens a socket; `t` is any. Engine.IO's `sid`, which goes on with a connection, is none of it."""

    EIO: Literal["4"]
    transport: Literal["websocket"]
    t: str = ""


class Guard:
    """Wraps a route's handler with the checks that its row of the table asks for."""

    def __init__(self, accounts: Accounts, config: Config) -> None:
        self.accounts, self.origin, self.pace = accounts, config.origin, config.slowest_line * 1000 / 8
        self.cookie = config.session_cookie

    def wrap(self, route: Route) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            request[INTAKE] = Intake(route.body_limit, self.pace)
            self._check_origin(request, linked=route.page)
            if route.access != "anyone":
                request[CALLER] = await self._caller(request, route)
            if route.admit is not None:
                await route.admit(request)
            if not route.page:
                request[QUERY] = read_query(request, route.query)
            return await route.handler(request)

        return guarded

    @web.middleware
    async def socket_door(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuses at the door of the socket, before there is a connection or any state of one."""
        if request.path.startswith("/socket/"):
            self._check_origin(request)
            token = request.cookies.get(self.cookie, "")
            caller = await self.accounts.caller(token)
            if caller is None:
                raise Refusal("not_signed_in")
            if not caller.attested:
                raise Refusal("not_attested")
            read_query(request, Opening)
            if not web.WebSocketResponse().can_prepare(request):
                raise Refusal("malformed", "This address is for WebSockets.")
            request[CALLER], request[TOKEN] = caller, token
        return await handler(request)

    def _check_origin(self, request: web.Request, linked: bool = False) -> None:
        """Browsers name the page that asks; outside browsers there is none. `linked`: links elsewhere may lead here."""
        if request.headers.getall("Origin", []) not in ([], [self.origin]):
            raise Refusal("origin_refused")
        followed = linked and request.method in SAFE and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if not followed and request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Refusal("origin_refused")

    async def _caller(self, request: web.Request, route: Route) -> Caller:
        caller = await self.accounts.caller(request.cookies.get(self.cookie, ""))
        if caller is None:
            raise Refusal("not_signed_in")
        token = request.headers.get("X-InScope-CSRF", "")
        # Bytes that are no UTF-8 stand in a header's text as lone surrogates (aiohttp), and go back as they came.
        said = token.encode("utf-8", "surrogateescape")
        if request.method not in SAFE and not hmac.compare_digest(said, caller.csrf.encode()):
            raise Refusal("csrf_refused")
        if route.access == "attested" and not caller.attested:
            raise Refusal("not_attested")
        return caller
