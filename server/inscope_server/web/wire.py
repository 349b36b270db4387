"""A device's WebSocket once the handshake is over (upgrade.py): a protocol of the event loop, and no request any more.

aiohttp and Engine.IO would keep for each, as long as it lasts, the request with its headers, a chain of coroutines, six
tasks and their queues, which is most of the memory of a connection on which nothing happens. Here what arrives is heard
where it arrives, and what is told goes to the transport. What is told in one turn of the event loop, by all messages of
one commit, goes in one write: half of a delivery's cost is the system call.
A reader that falls BUFFER_LIMIT or MOST_UNREAD writes behind is cut off: it catches up by the log, and memory stays
bounded. Who sends faster than is kept is not read meanwhile: what waits, waits there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Protocol

from aiohttp import WSCloseCode, WSMessage, WSMsgType

from ..caller import Caller
from .frame_reader import frame_reader
from .frames import control_frame, encode, text_frame

FRAME_LIMIT = 256 * 1024
BUFFER_LIMIT = 4 * 1024 * 1024
MOST_UNREAD = 2_000
"""Writes in a row that the transport could not pass on at once. Each costs it more memory than a short frame has."""
MOST_ACTS = 10
"""Times that a connection joins or leaves: once each is what clients do."""
MOST_AT_ONCE = 200
"""Messages of one connection that are being kept."""
PING_SECONDS, PONG_SECONDS = 4, 20
"""Clients that hear nothing for 10 seconds say that they are offline; the server waits longer for their answer."""
BEAT_SECONDS = 0.5
"""How often each connection is asked whether its ping is due."""
LAST_WORDS_SECONDS = 2
CLOSE, PING, PONG = "1", "2", "3"
"""Engine.IO protocol 4: packets without data. A Socket.IO packet comes after MESSAGE."""
MESSAGE = "4"


class Listener(Protocol):
    """Who is told of what a device does, in the turn of the event loop in which it arrives."""

    def hear(self, wire: Wire, data: str) -> None:
        """A Socket.IO packet as it came."""

    def lost(self, wire: Wire) -> None:
        """The connection is over, whoever ended it."""


class Wire(asyncio.Protocol):
    """`caller` and `token` are those of the door; `connection` is Engine.IO's half of it.

    It stands in for Engine.IO's queue too: what is put there is told at once, in one order with all else.
    """

    __slots__ = (
        "act", "acts", "busy", "caller", "connection", "ending", "frames", "held", "late", "listener", "pinged",
        "reader", "since", "token", "transport", "unread",
    )  # fmt: skip

    def __init__(self, listener: Listener, connection: Any, caller: Caller, token: str, now: float) -> None:
        """`now`: of the event loop's clock, seconds."""
        self.listener, self.connection, self.caller, self.token = listener, connection, caller, token
        self.transport: asyncio.Transport
        self.reader: Any = frame_reader(self, FRAME_LIMIT)
        self.frames: list[bytes] = []
        self.act: asyncio.Task[None] | None = None
        self.late: deque[WSMessage] | None = None  # Of most connections nothing ever waits.
        self.unread = self.held = self.busy = self.acts = 0
        self.since, self.pinged, self.ending = now, False, False

    def data_received(self, data: bytes) -> None:
        self.reader.feed_data(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self.ending, self.reader = True, None  # The reader knows this wire.
        self.listener.lost(self)

    def take(self, message: WSMessage) -> None:
        """A message or a control frame of the client, in its turn."""
        if self._is_free:
            self._hear(message)
        else:
            self.late = self.late or deque()
            self.late.append(message)

    @property
    def _is_free(self) -> bool:
        return self.act is None and self.busy < MOST_AT_ONCE

    def _hear(self, message: WSMessage) -> None:
        """What clients do not send ends the connection."""
        if message.type is WSMsgType.CLOSE:
            self.hang_up()
        elif self.ending:
            return
        elif message.type is WSMsgType.TEXT and message.data[:1] == MESSAGE:
            self.listener.hear(self, message.data[1:])
        elif message.type is WSMsgType.TEXT and message.data == PONG:
            self.since, self.pinged = asyncio.get_running_loop().time(), False
        elif message.type is WSMsgType.TEXT and message.data == CLOSE:
            self.hang_up()
        elif message.type is WSMsgType.PING:
            self.push(control_frame(WSMsgType.PONG, message.data))
        elif message.type is not WSMsgType.PONG:
            self.abort()

    def hold(self, act: asyncio.Task[None]) -> None:
        """What comes after a packet that asks for this act waits for its end, `go_on`."""
        self.act = act
        self.acts += 1
        if self.acts > MOST_ACTS:
            self.abort()
        self._read_on()

    def go_on(self) -> None:
        self.act = None
        self._read_on()

    def keeping(self, more: int) -> None:
        """`more`: 1 for a message that is being kept, -1 for one that was."""
        self.busy += more
        if self.busy == MOST_AT_ONCE - (more < 0):
            self._read_on()

    def _read_on(self) -> None:
        """What waits first, then what arrives; or neither, for now."""
        while self.late and self._is_free:
            self._hear(self.late.popleft())
        if self.transport.is_closing():
            return
        if self._is_free:
            self.late = None
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def push(self, frame: bytes) -> bool:
        """Gives a whole frame to the transport, this turn; False when the reader has fallen too far behind."""
        if self.transport.is_closing() or self.ending:
            return True
        if self.transport.get_write_buffer_size() + self.held > BUFFER_LIMIT:
            return False
        if not self.frames:
            asyncio.get_running_loop().call_soon(self._pass_on)
        self.frames.append(frame)
        self.held += len(frame)
        return True

    def _pass_on(self) -> None:
        frames, self.frames, self.held = self.frames, [], 0
        self.unread = self.unread + 1 if self.transport.get_write_buffer_size() else 0
        if self.unread > MOST_UNREAD:
            self.abort()
        if not self.transport.is_closing():
            self.transport.write(b"".join(frames))

    def tell(self, frame: bytes) -> None:
        """Who cannot be told is cut off."""
        if not self.push(frame):
            self.abort()

    def answer(self, number: int, answer: Any) -> None:
        """Acknowledges the client's packet of this number."""
        self.tell(text_frame(b"43%d" % number + encode([answer])))

    async def put(self, packet: Any) -> None:
        """A packet of Engine.IO."""
        self.tell(text_frame(packet.encode().encode()))

    async def join(self) -> None:
        """Nothing waits here."""

    def beat(self, now: float) -> None:
        """Once in BEAT_SECONDS. The client is asked whether it is there, and waited for, whatever else it sends."""
        if self.pinged and now - self.since > PONG_SECONDS:
            self.abort()
        elif not self.pinged and now - self.since > PING_SECONDS - BEAT_SECONDS:
            self.tell(text_frame(PING.encode()))
            self.since, self.pinged = now, True

    def end(self, code: int = WSCloseCode.OK) -> None:
        """Says so (RFC 6455 section 7.1.2); whoever does not care to go is cut off."""
        if not self.ending:
            self.push(control_frame(WSMsgType.CLOSE, code.to_bytes(2, "big")))
            self.ending = True
            asyncio.get_running_loop().call_later(LAST_WORDS_SECONDS, self.abort)

    def hang_up(self) -> None:
        """The client has said its last word."""
        self.end()
        if self.frames:
            self._pass_on()
        self.transport.close()

    def abort(self) -> None:
        """Cuts the connection, whatever the other side does. What it said besides is not heard any more."""
        self.ending = True
        self.transport.abort()
