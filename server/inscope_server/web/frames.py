"""One encoding for all recipients: the Socket.IO managers, with the frame built once and queued without a task each.

The stock manager makes a task and an encoding for every recipient, which costs more than the rest of a delivery.
The frames pass through each connection's own queue, so acknowledgements and entries keep their order. A reader that
falls QUEUE_LIMIT frames behind is disconnected: it will catch up by the log, and memory stays bounded.
"""

from __future__ import annotations

from typing import Any

import socketio
from aiohttp.web import WebSocketResponse
from engineio import packet as engine_packet
from engineio.async_drivers import aiohttp as driver
from socketio import packet

QUEUE_LIMIT = 1_000


class Frame:
    """An Engine.IO packet that is encoded already. Stands where engineio.packet.Packet does in a connection's queue."""

    packet_type = engine_packet.MESSAGE
    binary = False

    def __init__(self, text: str) -> None:
        self.text = text
        self.data = text[1:]

    def encode(self, b64: bool = False) -> str:
        return self.text


class SharedFrameManager(socketio.AsyncManager):  # type: ignore[misc]
    """`emit` to rooms with one frame for all. Callbacks are not supported: nothing here uses them."""

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **_: Any,
    ) -> None:
        rooms = to or room
        if namespace not in self.rooms or rooms is None:
            return
        encoded = self.server.packet_class(packet.EVENT, namespace=namespace, data=[event, data]).encode()
        frame = Frame("4" + encoded)
        connections = self.server.eio.sockets
        for _sid, engine_sid in self.get_participants(namespace, rooms):
            connection = connections.get(engine_sid)
            if connection is None or connection.closed:
                continue
            if connection.queue.qsize() >= QUEUE_LIMIT:
                self.server.start_background_task(connection.close, wait=False, abort=True)
            else:
                connection.queue.put_nowait(frame)


class RedisSharedFrameManager(socketio.AsyncRedisManager, SharedFrameManager):  # type: ignore[misc]
    """The same across processes. What arrives by the queue is JSON, never a pickle."""


class PlainWebSocket(driver.WebSocket):  # type: ignore[misc]
    """The aiohttp driver with permessage-deflate refused: ciphertext does not shrink, and it costs memory."""

    async def __call__(self, environ: dict[str, Any]) -> Any:
        self._sock = WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(environ["aiohttp.request"])
        self.environ = environ
        await self.handler(self)
        return self._sock
