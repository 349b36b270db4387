"""Request bodies, read whole: as they were sent, no longer than the route takes, no slower than the slowest line."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
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

    def until(self, began: float, come: int) -> float:
        """The instant by which more must come of a body of which so many bytes have."""
        return began + PATIENCE_SECONDS + come / self.pace


INTAKE = web.RequestKey("intake", Intake)
"""On the request: set by the guard for every route."""


BREAKS_OFF = (web.RequestPayloadError, ConnectionError)


async def read_whole(request: web.Request) -> bytes:
    """The body. How long that may take grows with what has come, not with what the sender says will come.

    Raises `malformed` for a packed one, whose size once unpacked nobody knows; `too_large`; `too_slow`.
    """
    intake, body = _admitted(request), bytearray()
    began = asyncio.get_running_loop().time()
    while not request.content.at_eof():
        try:
            async with asyncio.timeout_at(intake.until(began, len(body))):
                body += await request.content.readany()
        except TimeoutError as error:
            raise Refusal("too_slow") from error
        if len(body) > intake.limit:
            raise Refusal("too_large")
    return bytes(body)


def _admitted(request: web.Request) -> Intake:
    """Before anything of the body is read."""
    intake = request[INTAKE]
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refusal("malformed", "The body must be sent as it is, without Content-Encoding.")
    if (request.content_length or 0) > intake.limit:
        raise Refusal("too_large")
    return intake


class Incoming:
    """A body in pieces, each as it comes: a piece ends `every` seconds after it began, or with the body. However that
    ends, what came is given first.

    Raises as `read_whole`, and what was raised when it broke off.
    """

    def __init__(self, request: web.Request, every: float) -> None:
        self.content, self.intake, self.every = request.content, _admitted(request), every
        self.now = asyncio.get_running_loop().time
        self.began, self.come = self.now(), 0
        self.ended: Exception | None = None

    async def pieces(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Each is to be read to its end before the next."""
        while first := await self._next():
            yield self._piece(first)
        if self.ended is not None:
            raise self.ended

    async def _piece(self, first: bytes) -> AsyncIterator[bytes]:
        until = self.now() + self.every
        yield first
        while more := await self._next(until):
            yield more

    async def _next(self, until: float = math.inf) -> bytes:
        """What has come by then. Nothing if nothing has, and at the end."""
        patience = self.intake.until(self.began, self.come)
        try:
            async with asyncio.timeout_at(min(until, patience)):
                data = b"" if self.ended else await self.content.readany()
        except TimeoutError:
            self.ended = Refusal("too_slow") if patience <= until else None
            return b""
        except BREAKS_OFF as error:
            self.ended = error
            return b""
        self.come += len(data)
        if self.come > self.intake.limit:
            self.ended = Refusal("too_large")
            return b""
        return data
