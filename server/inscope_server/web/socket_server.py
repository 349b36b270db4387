"""A Socket.IO server that hears one event, `send`, and no other.

python-socketio looks up whatever name an event carries among its handlers, and finds its own `connect` and `disconnect`
there: a client could have them run, with arguments of its choice. Here names are compared before any handler is looked
for. (Socket.IO protocol 5: a packet is its type, an id if an answer is wanted, and a JSON list that the name begins.)
"""

from __future__ import annotations

import socketio
from socketio import packet

EVENT = "send"


class SendOnlyServer(socketio.AsyncServer):  # type: ignore[misc]
    """What clients can do: join the one namespace, leave it, and send."""

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        """In place of python-socketio's own: each packet that a client's connection brings."""
        heard = self.packet_class(encoded_packet=data)
        if heard.namespace not in (None, "/"):
            return
        if heard.packet_type == packet.CONNECT:
            await self._handle_connect(eio_sid, None, heard.data)
        elif heard.packet_type == packet.DISCONNECT:
            await self._handle_disconnect(eio_sid, None, self.reason.CLIENT_DISCONNECT)
        elif heard.packet_type == packet.EVENT and isinstance(heard.data, list) and heard.data[:1] == [EVENT]:
            await self._handle_event(eio_sid, None, heard.id, heard.data)
