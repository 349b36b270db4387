"""A Socket.IO server that hears one event, `send`, and no other.

python-socketio looks up whatever name an event carries among its handlers, and finds its own `connect` and `disconnect`
there: a client could have them run, with arguments of its choice. Here names are compared before any handler is looked
for. (Socket.IO protocol 5: a packet is its type, an id if an answer is wanted, and a JSON list that the name begins.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import socketio
from socketio import packet

from .frames import PlainWebSocket

EVENT = "send"

Handler = Callable[[PlainWebSocket, list[Any]], Awaitable[Any]]


class SendOnlyServer(socketio.AsyncServer):  # type: ignore[misc]
    """What clients can do: join the one namespace, leave it, and send. `sent` answers what a joined client sends."""

    def __init__(self, sent: Handler, **options: Any) -> None:
        super().__init__(**options)
        self.sent, self.answering = sent, set[asyncio.Task[None]]()

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        """In place of python-socketio's own: each packet that a client's connection brings, but for events."""
        connection, heard = self.eio.sockets.get(eio_sid), self._read(data)
        if connection is None:
            return
        if heard is None:
            connection.wire.abort()
        elif heard.packet_type == packet.CONNECT:
            await self._handle_connect(eio_sid, None, heard.data)
        elif heard.packet_type == packet.DISCONNECT:
            await self._handle_disconnect(eio_sid, None, self.reason.CLIENT_DISCONNECT)

    def hear(self, wire: PlainWebSocket, data: str) -> None:
        """An event packet. Each has a task of its own, so that those which come together share a commit."""
        heard = self._read(data)
        if heard is None:
            wire.abort()
        elif isinstance(heard.data, list) and heard.data[:1] == [EVENT] and self._has_joined(wire):
            task = asyncio.create_task(self._answer(wire, heard.id, heard.data[1:]))
            self.answering.add(task)
            task.add_done_callback(self.answering.discard)

    def _has_joined(self, wire: PlainWebSocket) -> bool:
        sid = self.manager.sid_from_eio_sid(wire.connection.sid, "/")
        return sid is not None and self.manager.is_connected(sid, "/")

    async def _answer(self, wire: PlainWebSocket, number: int | None, arguments: list[Any]) -> None:
        answer = await self.sent(wire, arguments)
        if number is not None:
            wire.answer(number, answer)

    def _read(self, data: str) -> Any:
        """The packet, or None for what is none, or of another namespace."""
        try:
            heard = self.packet_class(encoded_packet=data)
        except (ValueError, RecursionError):
            return None
        return heard if heard.namespace in (None, "/") else None
