"""One encoding for all recipients: Socket.IO managers that write a frame, built once, straight to each connection.

The stock manager makes a task, a queue entry and a wake-up of the connection's writer for every recipient, which costs
several times what the rest of a delivery does. Here a WebSocket frame (RFC 6455 section 5.2; from a server, unmasked)
is built once and given to each connection whole: it cannot fall between the pieces of another frame. All events go this
way, and so does all else that a connection is told (wire.py): they keep their order.
"""

from __future__ import annotations

from typing import Any

import msgspec
import socketio

encode = msgspec.json.Encoder().encode


def text_frame(body: bytes) -> bytes:
    """A final text frame from a server (RFC 6455 section 5.2); `body`: UTF-8."""
    size = len(body)
    if size < 126:
        return bytes((0x81, size)) + body
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + body
    return b"\x81\x7f" + size.to_bytes(8, "big") + body


def control_frame(opcode: int, body: bytes) -> bytes:
    """A close, ping or pong from a server (RFC 6455 section 5.5); `body`: at most 125 bytes."""
    return bytes((0x80 | opcode, len(body))) + body


class SharedFrameManager(socketio.AsyncManager):  # type: ignore[misc]
    """`emit` to rooms with one frame for all, in the one namespace. Callbacks are not supported: nothing uses them."""

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        **_: Any,
    ) -> None:
        if namespace not in self.rooms or not room:
            return
        joined = list(self.get_participants(namespace, room))
        if not joined:
            return
        frame = text_frame(b"42" + encode([event, data]))
        connections = self.server.eio.sockets
        for _sid, engine_sid in joined:
            connection = connections.get(engine_sid)
            if connection is not None and not connection.closed:
                connection.queue.tell(frame)
