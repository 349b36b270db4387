"""A Socket.IO server that hears one event, `send`, and no other.

python-socketio looks up whatever name an event carries among its handlers, and finds its own `connect` and `disconnect`
there: a client could have them run, with arguments of its choice. Here names are compared before any handler is looked
for. (Socket.IO protocol 5: a packet is its type, an id if an answer is wanted, and a JSON list that the name begins.)
"""

from __future__ import annotations

from typing import Any

import socketio
from socketio import packet

EVENT = "send"
MOST_UNREAD = 2_000
"""Answers that wait for a client which does not read them; one that is further behind is cut off."""


class SendOnlyServer(socketio.AsyncServer):  # type: ignore[misc]
    """What clients can do: join the one namespace, leave it, and send."""

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        """In place of python-socketio's own: each packet that a client's connection brings."""
        connection, heard = self.eio.sockets.get(eio_sid), self._read(data)
        if connection is None:
            return
        if heard is None or connection.queue.qsize() > MOST_UNREAD:
            connection.wire.abort()
        elif heard.packet_type == packet.CONNECT:
            await self._handle_connect(eio_sid, None, heard.data)
        elif heard.packet_type == packet.DISCONNECT:
            await self._handle_disconnect(eio_sid, None, self.reason.CLIENT_DISCONNECT)
        elif heard.packet_type == packet.EVENT and isinstance(heard.data, list) and heard.data[:1] == [EVENT]:
            await self._handle_event(eio_sid, None, heard.id, heard.data)

    def _read(self, data: str) -> Any:
        """The packet, or None for what is none, or of another namespace."""
        try:
            heard = self.packet_class(encoded_packet=data)
        except (ValueError, RecursionError):
            return None
        return heard if heard.namespace in (None, "/") else None
