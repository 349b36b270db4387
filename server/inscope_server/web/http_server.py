"""HTTP under the application: what is no HTTP, and what breaks off, gets our answer and no line in the log.

aiohttp answers by itself, in plain text and with a trace in the log, where a request never becomes one, and where it
fails outside the application's middlewares (an `Expect` that nobody knows). And it unpacks a compressed body as it
comes, however large that becomes: here bodies stay as they were sent, and a packed one is refused (bodies.py).
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from ..errors import Refusal
from ..observing.instruments import UNREADABLE
from .address import Address
from .answers import refused
from .failures import failures_as_data
from .headers import HEADERS

IDLE_SECONDS = 75
"""A connection that asks nothing ends after this; longer than proxies keep theirs, so that theirs end first."""
NOT_HTTP = "This is not HTTP as this server reads it."
HEAD_SECONDS = 10
BACKLOG = 4096
"""Connections that have come and wait for their turn: all devices of a process may come back at once. Beyond it the
system turns them away, or lets them wait for seconds; it may allow fewer by itself (Linux: net.core.somaxconn).
"""
BY_THE_CLIENT = (HttpProcessingError, web.RequestPayloadError, ConnectionError)

log = logging.getLogger("inscope")


class Connection(web.RequestHandler):
    """One connection of a client. The head of a request has HEAD_SECONDS to arrive whole, whatever trickles in."""

    __slots__ = ("_head_deadline",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._head_deadline: asyncio.TimerHandle | None = None
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        heads = self._request_count
        waits = heads == 0 or (self._waiter is not None and not self._waiter.done())
        super().data_received(data)
        if self._request_count > heads:
            self._end_wait()
        elif waits and self._head_deadline is None:
            self._head_deadline = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.force_close)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._end_wait()
        super().connection_lost(exc)

    def hand_over(self, protocol: asyncio.BaseProtocol) -> asyncio.Transport:
        """The connection goes on as `protocol` (RFC 9110 section 7.8). To aiohttp it is as if the client had gone.

        Raises ConnectionResetError where it has.
        """
        transport, self.transport = self.transport, None
        if transport is None:
            raise ConnectionResetError("the client has gone")
        transport.set_protocol(protocol)
        self.connection_lost(None)
        return transport

    def _end_wait(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """For what did not reach the application. Raises ConnectionError when an answer has begun already."""
        if isinstance(exc, BY_THE_CLIENT):
            UNREADABLE.inc()
        else:
            log.error("a request failed outside the application", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun")
        response = refused(Refusal("malformed", NOT_HTTP) if status < 500 else Refusal("server_busy"))
        response.headers.update(HEADERS)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        if not isinstance(kw.get("exc_info"), BY_THE_CLIENT):
            super().log_exception(*args, **kw)


class Server(web.Server):
    """aiohttp's, with connections of the kind above."""

    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Serves an application, its failures as data: the one way in which it is served, in tests too."""

    def __init__(self, app: web.Application, shutdown_timeout: float = 5) -> None:
        super().__init__(
            app, access_log=None, auto_decompress=False, keepalive_timeout=IDLE_SECONDS,
            shutdown_timeout=shutdown_timeout,
        )  # fmt: skip

    async def listen(self, address: Address) -> None:
        """Raises ConfigError where that is not possible."""
        try:
            await web.TCPSite(self, address.host, address.port, backlog=BACKLOG).start()
        except OSError as error:
            raise address.in_words(error) from error

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        handler = partial(failures_as_data, handler=made.request_handler)
        return Server(handler, request_factory=made.request_factory, **made._kwargs)


async def serve(
    application: web.Application, address: Address, drain: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Until SIGINT or SIGTERM, then `drain`; then lets what was accepted finish."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for end in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(end, over.set)
    runner = Runner(application)
    try:
        await runner.setup()
        await runner.listen(address)
        log.info("answers on http://%s:%s", address.host, address.port)
        await over.wait()
        if drain is not None:
            await drain()
    finally:
        await runner.cleanup()
