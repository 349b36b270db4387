"""Request bodies, read whole: as they were sent, no longer than the route takes, no slower than the slowest line."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from ..errors import Refusal

PATIENCE_SECONDS = 30.0
"""Of waiting in all, beside the time that the bytes take: for a line that breaks off and comes back."""


@dataclass(frozen=True)
class Intake:
    """`limit`: bytes of a body. `pace`: bytes a second on the slowest line that is served."""

    limit: int
    pace: float


INTAKE = web.RequestKey("intake", Intake)
"""On the request: set by the guard for every route."""


async def read_whole(request: web.Request) -> bytes:
    """The body. How long that may take grows with what has come, not with what the sender says will come.

    Raises `malformed` for a packed one, whose size once unpacked nobody knows; `too_large`; `too_slow`.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refusal("malformed", "The body must be sent as it is, without Content-Encoding.")
    intake, body = request[INTAKE], bytearray()
    began = asyncio.get_running_loop().time()
    while not request.content.at_eof():
        if max(len(body), request.content_length or 0) > intake.limit:
            raise Refusal("too_large")
        try:
            async with asyncio.timeout_at(began + PATIENCE_SECONDS + len(body) / intake.pace):
                body += await request.content.readany()
        except TimeoutError as error:
            raise Refusal("too_slow") from error
    if len(body) > intake.limit:
        raise Refusal("too_large")
    return bytes(body)
