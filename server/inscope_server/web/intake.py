"""Request bodies, read whole: as they were sent, no longer than the route takes, no slower than the slowest line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import StreamReader, web

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


BREAKS_OFF = (web.RequestPayloadError, ConnectionError)


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


async def read_in_pieces(request: web.Request, every: float) -> AsyncIterator[bytes]:
    """The body as it comes, at the latest after `every` seconds of it. However it ends, what came is given first.

    Raises as `read_whole`, and what was raised when it broke off.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refusal("malformed", "The body must be sent as it is, without Content-Encoding.")
    intake, come, loop = request[INTAKE], 0, asyncio.get_running_loop()
    if (request.content_length or 0) > intake.limit:
        raise Refusal("too_large")
    began, broken = loop.time(), None
    while broken is None and not request.content.at_eof():
        patience = partial(_patience, began, come, intake.pace)
        piece, broken = await _what_comes(request.content, loop.time() + every, patience)
        come += len(piece)
        if come > intake.limit:
            raise Refusal("too_large")
        if piece:
            yield piece
    if broken is not None:
        raise broken


def _patience(began: float, come: int, pace: float, more: int) -> float:
    """Until when a body may take of which so much has come."""
    return began + PATIENCE_SECONDS + (come + more) / pace


async def _what_comes(
    content: StreamReader, until: float, patience: Callable[[int], float]
) -> tuple[bytes, Exception | None]:
    """What comes up to that instant or to the end, and why no more will, if so."""
    held, now = bytearray(), asyncio.get_running_loop().time
    while not content.at_eof() and now() < until:
        try:
            async with asyncio.timeout_at(min(until, patience(len(held)))):
                held += await content.readany()
        except TimeoutError:
            if now() >= patience(len(held)):
                return bytes(held), Refusal("too_slow")
        except BREAKS_OFF as error:
            return bytes(held), error
    return bytes(held), None
