"""How long each request took and how it ended, by its route's pattern: a metric, and a trace where one is wanted."""

from __future__ import annotations

import time

from aiohttp import web

from inscope_protocol.failures import ProtocolError

from ..errors import Refusal, as_refusal
from ..web.route import FOLLOWS, SPAN, Handler, Route
from .instruments import REQUESTS
from .traces import Traces

UNFORESEEN = "server_busy"


def observed(route: Route, handler: Handler, traces: Traces) -> Handler:
    async def observing(request: web.Request) -> web.StreamResponse:
        began, status, code = time.perf_counter(), 503, UNFORESEEN
        name, about = f"{route.method} {route.path}", {"http.request.method": route.method, "http.route": route.path}
        with traces.root(name, follows=request.get(FOLLOWS, ""), **about) as span:
            if span is not None:
                request[SPAN] = span
            try:
                response = await handler(request)
                status, code = response.status, ""
            except (Refusal, ProtocolError, web.HTTPException) as error:
                status, code = _ending(error)
                raise
            finally:
                REQUESTS.labels(route.method, route.path, status).observe(time.perf_counter() - began)
                if span is not None:
                    span.answered(status)
                    if code:
                        span.failed(code, fault=status >= 500)
        return response

    return observing


def _ending(error: Refusal | ProtocolError | web.HTTPException) -> tuple[int, str]:
    """Status and code (SPEC S8); none for what aiohttp refuses by itself."""
    if isinstance(error, web.HTTPException):
        return error.status, ""
    refusal = as_refusal(error) if isinstance(error, ProtocolError) else error
    return refusal.status, refusal.code
