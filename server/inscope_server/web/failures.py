"""Failures as data, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from sqlalchemy.exc import DBAPIError

from inscope_protocol.failures import ProtocolError

from ..database import BeginAnew
from ..errors import Refusal, as_refusal
from ..observing.spans import within
from .answers import refused
from .route import SPAN

BY_STATUS = {404: "not_found", 405: "not_found", 413: "too_large"}
"""What aiohttp refuses by itself."""

log = logging.getLogger("inscope")


async def failures_as_data(
    request: web.BaseRequest, handler: Callable[[Any], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refusals with their status; anything unforeseen as `server_busy`, its trace in the log, never its content.

    What fails after its answer has begun ends the line.
    """
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refused(Refusal(BY_STATUS.get(error.status, "malformed")))
    except Exception as error:
        with within(request.get(SPAN)):
            refusal = _refusal(error, client_there=request.transport is not None)
        _end_if_begun(request)
        return refused(refusal)


def _end_if_begun(request: web.BaseRequest) -> None:
    """Of an answer that has begun, a failure in words would be read as its next bytes. The line's end says it."""
    if request.transport is not None and request.writer.output_size > 0:
        request.transport.abort()


def _refusal(error: Exception, client_there: bool) -> Refusal:
    """Without a trace in the log for what clients can cause: a body that is no HTTP, or that breaks off."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, ProtocolError):
        return as_refusal(error)
    if isinstance(error, web.RequestPayloadError) or (isinstance(error, ConnectionError) and not client_there):
        return Refusal("malformed", "The body did not arrive whole.")
    if isinstance(error, DBAPIError):
        log.error("the database refused: %s", type(error.orig).__name__)
    elif not isinstance(error, BeginAnew):
        log.error("a request failed", exc_info=error)
    return Refusal("server_busy")
