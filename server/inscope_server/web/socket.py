"""The socket: who may open one, what it hears and what it says (API.md, "Socket.IO").

device                               server
  | GET /socket (cookie, Origin)       |   refused here, before any state, unless the session and the attestation stand
  |----------------------------------->|   joins the room of its device
  | send {thread, message, …}          |
  |----------------------------------->|   one transaction for all that wait
  |   acknowledgement {ok:{seq, at}}   |
  |<-----------------------------------|   after the commit
  |   entry, welcome, changed          |
  |<-----------------------------------|   one frame for all recipients
  |   goodbye {code}                   |
  |<-----------------------------------|   session over, device revoked, person no longer attested: then closed
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import socketio
from msgspec import Raw

from inscope_protocol.failures import ProtocolError

from ..accounts.service import Accounts
from ..caller import Caller
from ..errors import Refusal, as_refusal
from ..observing.logs import wordless
from ..observing.spans import Span, part
from ..observing.traces import Traces
from .bodies import check_parts, check_text
from .connections import Connections
from .frames import SharedFrameManager, encode
from .heartbeat import Heartbeat
from .queue_entries import QueueEntries, Told
from .redis_frames import RedisSharedFrameManager
from .socket_server import SendOnlyServer
from .upgrade import WIRE
from .wire import FRAME_LIMIT, LAST_WORDS_SECONDS, PING_SECONDS, PONG_SECONDS, Wire

MOST_OF_A_DEVICE = 8
BATCH = 500
FOR_DEVICES = ("entry", "welcome", "changed")
"""What another process may have this one say to devices."""
DOUBLED = "(a key appears twice)"
NO_TEXT = "(half a character)"

SendHandler = Callable[[Caller, Any], Awaitable[dict[str, Any]]]


class StrictJson:
    """Socket.IO's JSON: a doubled key, or what is no text, becomes a field that no shape knows: plain `malformed`."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return encode(value).decode()

    @staticmethod
    def loads(raw: bytes | str, **_: Any) -> Any:
        """Of a client's packet."""
        check_parts(raw)
        text = raw if isinstance(raw, str) else raw.decode()
        data = _decode(text)
        try:
            check_text(data, text)
        except UnicodeEncodeError:
            return [*data[:1], {NO_TEXT: True}] if isinstance(data, list) else None
        return data


def _mark_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    return result if len(result) == len(pairs) else {DOUBLED: True}


_decode = json.JSONDecoder(object_pairs_hook=_mark_doubles).decode


def _code(caller: Caller | None) -> str | None:
    """Why this may not have a socket, or None."""
    if caller is None:
        return "not_signed_in"
    return None if caller.attested else "not_attested"


def _refused(error: Exception, span: Span | None) -> Refusal:
    """What a device is told of it, and its trace, where there is one."""
    if isinstance(error, ProtocolError):
        error = as_refusal(error)
    elif not isinstance(error, Refusal):
        logging.getLogger("inscope").error("a send failed", exc_info=error)
        error = Refusal("server_busy")
    if span is not None:
        span.failed(error.code, fault=error.status >= 500)
    return error


class Socket:
    """Implements threads.delivery.Delivery. `send` handles the one event that devices send; `entries`: how processes
    know each other's words where there are several, by `redis_url`.
    """

    def __init__(
        self, accounts: Accounts, origin: str, redis_url: str, entries: QueueEntries, traces: Traces, send: SendHandler
    ) -> None:
        self.accounts, self.entries, self.traces, self.handle_send = accounts, entries, traces, send
        manager = RedisSharedFrameManager(redis_url, entries, self._hear) if redis_url else SharedFrameManager()
        self.hears: dict[str, Callable[[Told], Awaitable[None]]] = {
            **dict.fromkeys(FOR_DEVICES, self._pass_on), "device ended": self._device_ended_elsewhere,
            "person changed": self._person_changed_elsewhere,
        }  # fmt: skip
        self.connections = Connections()
        self.heartbeat = Heartbeat(self.connections)
        self.server = SendOnlyServer(
            self._send,
            self._opened,
            self.connections.remove,
            async_mode="aiohttp",
            transports=["websocket"],
            client_manager=manager,
            cors_allowed_origins=[origin],
            cookie=None,
            json=StrictJson,
            max_http_buffer_size=FRAME_LIMIT,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            logger=wordless("socketio.server"),
            engineio_logger=wordless("engineio.server"),
        )
        self.server.on("connect", self._connect)

    async def _opened(self, wire: Wire) -> None:
        """Of more than MOST_OF_A_DEVICE the oldest go."""
        self.connections.add(wire)
        for oldest in self.connections.of(wire.caller.device)[:-MOST_OF_A_DEVICE]:
            await self._end(oldest, "replaced")

    async def _connect(self, sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        wire: Wire = environ[WIRE]
        with self.traces.root("socket connect"):
            caller = await self.accounts.caller(wire.token)
        code = _code(caller)
        if caller is None or code is not None or wire.connection.closed:
            raise socketio.exceptions.ConnectionRefusedError(code or "not_signed_in")
        wire.caller = caller
        await self.server.enter_room(sid, caller.device)

    async def _send(self, wire: Wire, arguments: list[Any]) -> dict[str, Any]:
        with self.traces.root("socket send") as span:
            try:
                return {"ok": await self._handle(wire.caller, arguments)}
            except Exception as error:
                return _refused(error, span).as_data()

    async def _handle(self, caller: Caller, arguments: list[Any]) -> dict[str, Any]:
        if caller.expires_at <= self.accounts.clock.now():
            raise Refusal("not_signed_in")
        if len(arguments) != 1:
            raise Refusal("malformed")
        return await self.handle_send(caller, arguments[0])

    async def entry(self, devices: list[str], entry: Raw) -> None:
        await self._emit("entry", entry, devices)

    async def welcome(self, devices: list[str], thread: str) -> None:
        if devices:
            await self._emit("welcome", {"thread": thread}, devices)

    async def changed(self, devices: list[str], what: str, subject: str) -> None:
        if devices:
            await self._emit("changed", {"what": what, "id": subject}, devices)

    async def _emit(self, event: str, data: dict[str, Any] | Raw, devices: list[str]) -> None:
        with part(f"socket {event}"):
            await self.server.emit(event, data, room=devices)

    async def goodbye(self, device: str, code: str) -> None:
        """Closes all connections of the device: here at once, and in the other processes once they have looked."""
        self.tell(Told("device ended", [device]))
        for wire in self.connections.of(device):
            await self._end(wire, code)

    async def sweep(self) -> None:
        """Ends connections whose session or attestation has ended meanwhile, in whichever process that happened.

        And all of them where something was missed that another process told: their devices connect again, and catch up.
        That this process is there is told each time, so that what the last before it was is known.
        """
        self.tell(Told("here", []))
        await self._look_again(self.connections.all())
        if self.entries.missed:
            self.entries.missed = False
            await self.let_go()

    async def person_changed(self, person: str) -> None:
        """What organisations say of `person` has changed: who is no longer attested hears nothing more."""
        self.tell(Told("person changed", [person]))
        await self._look_again_at([person])

    async def _look_again_at(self, people: list[str]) -> None:
        await self._look_again([wire for wire in self.connections.all() if wire.caller.person in people])

    def tell(self, told: Told) -> None:
        """To the other processes, where there are any."""
        if isinstance(self.server.manager, RedisSharedFrameManager):
            self.server.manager.tell(told)

    async def _hear(self, told: Told) -> None:
        """What a newer release may say besides is not for this one."""
        hear = self.hears.get(told.event)
        if hear is not None:
            await hear(told)

    async def _pass_on(self, told: Told) -> None:
        await self.server.emit(told.event, told.data, room=told.to, ignore_queue=True)

    async def _device_ended_elsewhere(self, told: Told) -> None:
        """A wake-up only: whether a session has ended is read where it stands."""
        await self._look_again([wire for device in told.to for wire in self.connections.of(device)])

    async def _person_changed_elsewhere(self, told: Told) -> None:
        await self._look_again_at(told.to)

    async def _look_again(self, wires: list[Wire]) -> None:
        for start in range(0, len(wires), BATCH):
            batch = wires[start : start + BATCH]
            callers = await self.accounts.callers({wire.token for wire in batch})
            for wire in batch:
                fresh = callers.get(wire.token)
                code = _code(fresh)
                if fresh is None or code is not None:
                    await self._end(wire, code)
                elif fresh != wire.caller:
                    wire.caller = fresh

    async def _end(self, wire: Wire, code: str | None = None) -> None:
        """Ends the connection itself: Socket.IO alone would leave it open, to a client that does not care to go.

        With a `code` it is told why; a connection that has not joined has no ear for it.
        """
        connection = wire.connection
        sid = self.server.manager.sid_from_eio_sid(connection.sid, "/")
        if sid is not None:
            if code is not None:
                await self.server.emit("goodbye", {"code": code}, room=[sid], ignore_queue=True)
            await self.server.disconnect(sid)
        if not connection.closed:
            await connection.close(wait=False)
        wire.end()

    async def let_go(self) -> None:
        """Ends all connections of this process, without a word: their devices connect again, to another process."""
        for wire in self.connections.all():
            await self._end(wire)

    def start(self) -> None:
        """Listens to the other processes from the start: what is said before the first connection counts too."""
        self.heartbeat.start()
        if not self.server.manager_initialized:
            self.server.manager_initialized = True
            self.server.manager.initialize()

    async def close(self) -> None:
        """After `let_go`: whose connections have their last words still, hears them."""
        self.heartbeat.stop()
        await self.connections.ended(LAST_WORDS_SECONDS)
        await self.server.shutdown()
        manager = self.server.manager
        if isinstance(manager, RedisSharedFrameManager):
            await manager.close()
