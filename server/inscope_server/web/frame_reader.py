"""aiohttp's reader of WebSocket frames (RFC 6455 section 5), without its queue: no task waits for a message here.

Nothing public takes a message where it arrives. That this one still does is tested (tests/server/web/test_wire.py).
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

from aiohttp import WebSocketError, WSCloseCode, WSMessage
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http import WebSocketReader

log = logging.getLogger("inscope")


class Taker(Protocol):
    def take(self, message: WSMessage) -> None:
        """A message, whole, or a control frame."""

    def end(self, code: int) -> None:
        """What came is no WebSocket frame, or too large (RFC 6455 section 7.4)."""

    def abort(self) -> None:
        """It failed."""


class Passed(WebSocketDataQueue):
    """Holds nothing, so the reader never finds it full."""

    _size = _limit = 0
    _stalled_reader = None

    def __init__(self, taker: Taker) -> None:
        self.taker = taker

    def feed_data(self, message: Any, size: int) -> None:
        try:
            self.taker.take(message)
        except Exception:
            log.exception("a frame was not taken")
            self.taker.abort()

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        self.taker.end(exc.code if isinstance(exc, WebSocketError) else WSCloseCode.PROTOCOL_ERROR)


def frame_reader(taker: Taker, limit: int) -> WebSocketReader:
    """Its `feed_data` takes bytes as they come; `limit`: bytes of a message. Without compression, text as `str`."""
    return WebSocketReader(Passed(taker), limit, compress=False, decode_text=True)
