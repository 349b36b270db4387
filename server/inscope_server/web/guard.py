"""Before any handler: who is asking, from where, with whose token; and failures as data, whatever happens."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlalchemy.exc import DBAPIError

from inscope_protocol.failures import ProtocolError

from ..accounts.service import Accounts
from ..caller import Caller
from ..database import BeginAnew
from ..errors import Refusal, as_refusal
from .answers import answer
from .route import CALLER, TOKEN, Handler, Route

SAFE = ("GET", "HEAD")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
        "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types svelte-trusted-html heic-worker default"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), "
        "serial=(), usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

log = logging.getLogger("inscope")


@web.middleware
async def failures_as_data(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refusals with their status; anything unforeseen as `server_busy`, its trace in the log, never its content."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _refuse(refusal)
    except ProtocolError as error:
        return _refuse(as_refusal(error))
    except web.HTTPRequestEntityTooLarge:
        return _refuse(Refusal("too_large"))
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _refuse(Refusal("not_found"))
    except DBAPIError as error:
        log.error("the database refused: %s", type(error.orig).__name__)
        return _refuse(Refusal("server_busy"))
    except BeginAnew:
        return _refuse(Refusal("server_busy"))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _refuse(Refusal("malformed"))
    except Exception:
        log.exception("a request failed")
        return _refuse(Refusal("server_busy"))


async def security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, pages and data alike."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


class Guard:
    """Wraps a route's handler with the checks that its row of the table asks for."""

    def __init__(self, accounts: Accounts, origin: str) -> None:
        self.accounts, self.origin = accounts, origin

    def wrap(self, route: Route) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            request._client_max_size = route.body_limit
            self._check_origin(request, linked=route.page)
            if route.access != "anyone":
                request[CALLER] = await self._caller(request, route)
            return await route.handler(request)

        return guarded

    @web.middleware
    async def socket_door(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuses at the door of the socket, before there is a connection or any state of one."""
        if request.path.startswith("/socket/"):
            self._check_origin(request)
            token = request.cookies.get(self.accounts.config.session_cookie, "")
            caller = await self.accounts.caller(token)
            if caller is None:
                raise Refusal("not_signed_in")
            if not caller.attested:
                raise Refusal("not_attested")
            request[CALLER], request[TOKEN] = caller, token
        return await handler(request)

    def _check_origin(self, request: web.Request, linked: bool = False) -> None:
        """Browsers name the page that asks; outside browsers there is none. `linked`: links elsewhere may lead here."""
        origin = request.headers.get("Origin")
        if origin is not None and origin != self.origin:
            raise Refusal("origin_refused")
        followed = linked and request.method in SAFE and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if not followed and request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Refusal("origin_refused")

    async def _caller(self, request: web.Request, route: Route) -> Caller:
        caller = await self.accounts.caller(request.cookies.get(self.accounts.config.session_cookie, ""))
        if caller is None:
            raise Refusal("not_signed_in")
        token = request.headers.get("X-InScope-CSRF", "")
        if request.method not in SAFE and not hmac.compare_digest(token.encode(), caller.csrf.encode()):
            raise Refusal("csrf_refused")
        if route.access == "attested" and not caller.attested:
            raise Refusal("not_attested")
        return caller


def _refuse(refusal: Refusal) -> web.Response:
    return answer(refusal.as_data(), refusal.status)
