"""How long each request took and how it ended, by its route's pattern."""

from __future__ import annotations

import time

from aiohttp import web

from inscope_protocol.failures import ProtocolError

from ..errors import Refusal, as_refusal
from ..web.route import Handler, Route
from .instruments import REQUESTS


def timed(route: Route, handler: Handler) -> Handler:
    async def observed(request: web.Request) -> web.StreamResponse:
        began, status = time.perf_counter(), 503
        try:
            response = await handler(request)
            status = response.status
        except (Refusal, ProtocolError, web.HTTPException) as error:
            status = _status(error)
            raise
        finally:
            REQUESTS.labels(route.method, route.path, status).observe(time.perf_counter() - began)
        return response

    return observed


def _status(error: Refusal | ProtocolError | web.HTTPException) -> int:
    return as_refusal(error).status if isinstance(error, ProtocolError) else error.status
