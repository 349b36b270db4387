"""A Socket.IO server that hears one event, `send`, and no other.

python-socketio looks up whatever name an event carries among its handlers, and finds its own `connect` and `disconnect`
there: a client could have them run, with arguments of its choice. Here names are compared before any handler is looked
for. (Socket.IO protocol 5: a packet is its type, an id if an answer is wanted, and a JSON list that the name begins.)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import socketio
from socketio import packet

from .upgrade import WIRE, Upgrade
from .wire import Wire

EVENT = "send"
KINDS = tuple(str(kind) for kind in (packet.CONNECT, packet.DISCONNECT, packet.EVENT))
"""Of packets that clients send."""

Handler = Callable[[Wire, list[Any]], Awaitable[Any]]
Opened = Callable[[Wire], Awaitable[None]]
Closed = Callable[[Wire], None]

log = logging.getLogger("inscope")


class SendOnlyServer(socketio.AsyncServer):  # type: ignore[misc]
    """What clients can do: join the one namespace, leave it, and send.

    `sent` answers what a joined client sends; `opened` is told of each new connection, and `closed` once it is over.
    """

    def __init__(self, sent: Handler, opened: Opened, closed: Closed, **options: Any) -> None:
        super().__init__(**options, monitor_clients=False)  # Our own heartbeat does (heartbeat.py).
        self.sent, self.opened, self.closed, self.acting = sent, opened, closed, set[asyncio.Task[None]]()
        self.eio._async = {**self.eio._async, "websocket": partial(Upgrade, self)}

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """Engine.IO has pinged nobody yet: otherwise it would begin a task and a timer for each connection."""
        self.eio.sockets[eio_sid].last_ping = None
        await super()._handle_eio_connect(eio_sid, environ)

    async def open(self, wire: Wire) -> None:
        self.environ[wire.connection.sid] = {WIRE: wire}  # Nothing else is kept of the request.
        await self.opened(wire)

    def hear(self, wire: Wire, data: str) -> None:
        """Each event has a task of its own, so that those which come together share a commit."""
        heard = self._read(data)
        if heard is None:
            wire.abort()
        elif heard.packet_type != packet.EVENT:
            wire.hold(self._begin(self._come_or_go(wire, heard)))
        elif isinstance(heard.data, list) and heard.data[:1] == [EVENT] and self._has_joined(wire):
            wire.keeping(1)
            self._begin(self._answer(wire, heard.id, heard.data[1:]))

    def lost(self, wire: Wire) -> None:
        self.closed(wire)
        self._begin(self._forget(wire))

    def _begin(self, act: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(act)
        self.acting.add(task)
        task.add_done_callback(self.acting.discard)
        return task

    async def _come_or_go(self, wire: Wire, heard: Any) -> None:
        try:
            if wire.ending:
                pass
            elif heard.packet_type == packet.CONNECT:
                await self._handle_connect(wire.connection.sid, None, heard.data)
            else:
                await self._handle_disconnect(wire.connection.sid, None, self.reason.CLIENT_DISCONNECT)
        except Exception:
            log.exception("a device could not join")
            wire.abort()
        wire.go_on()

    async def _forget(self, wire: Wire) -> None:
        """Who is joining still would be left behind in the rooms."""
        if wire.act is not None:
            await asyncio.wait([wire.act])
        await self.forget(wire.connection)

    async def forget(self, connection: Any) -> None:
        await connection.close(wait=False, abort=True, reason=self.reason.TRANSPORT_CLOSE)
        self.eio.sockets.pop(connection.sid, None)
        sid = self.manager.sid_from_eio_sid(connection.sid, "/")
        if sid is not None:  # Whose joining failed: python-socketio leaves it among those who are joining.
            self.manager.basic_disconnect(sid, "/")

    def _has_joined(self, wire: Wire) -> bool:
        sid = self.manager.sid_from_eio_sid(wire.connection.sid, "/")
        return sid is not None and self.manager.is_connected(sid, "/")

    async def _answer(self, wire: Wire, number: int | None, arguments: list[Any]) -> None:
        try:
            answer = await self.sent(wire, arguments)
        finally:
            wire.keeping(-1)
        if number is not None:
            wire.answer(number, answer)

    def _read(self, data: str) -> Any:
        """The packet, or None for what is none, of another namespace, or of a kind that clients do not send.

        Above all no attachments: Socket.IO would collect those of an event until there are as many as it announced.
        """
        if not data.startswith(KINDS):
            return None
        try:
            heard = self.packet_class(encoded_packet=data)
        except (ValueError, RecursionError):
            return None
        return heard if heard.namespace in (None, "/") else None
