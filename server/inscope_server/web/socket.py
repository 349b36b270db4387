"""The socket: who may open one, what it hears and what it says (API.md, "Socket.IO").

device                               server
  | GET /socket (cookie, Origin)       |   refused here, before any state, unless the session stands
  |----------------------------------->|   joins the room of its device
  | send {thread, message, …}          |
  |----------------------------------->|   one transaction for all that wait
  |   acknowledgement {ok:{seq, at}}   |
  |<-----------------------------------|   after the commit
  |   entry, welcome, changed          |
  |<-----------------------------------|   one frame for all recipients
  |   goodbye {code}                   |
  |<-----------------------------------|   session over, device revoked: then closed
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any

import msgspec
import socketio

from inscope_protocol.failures import ProtocolError

from ..accounts.service import Accounts
from ..caller import Caller
from ..errors import Refusal, as_refusal
from .frames import PlainWebSocket, RedisSharedFrameManager, SharedFrameManager

COOKIE = "inscope_session"
FRAME_LIMIT = 1_048_576
LAST_WORDS_SECONDS = 2
DOUBLED = "(a key appears twice)"
_encode = msgspec.json.Encoder().encode

SendHandler = Callable[[Caller, Any], Awaitable[dict[str, Any]]]


class StrictJson:
    """Socket.IO's JSON: a doubled key becomes a field that no shape knows, so the answer is a plain `malformed`."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return _encode(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return json.loads(text, object_pairs_hook=_mark_doubles)


def _mark_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    return result if len(result) == len(pairs) else {DOUBLED: True}


def session_token(header: str) -> str:
    """The session cookie's value in a Cookie header, or an empty string."""
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


class Socket:
    """Implements threads.delivery.Delivery. `send` handles the one event that devices send."""

    def __init__(self, accounts: Accounts, origin: str, redis_url: str, send: SendHandler) -> None:
        self.accounts, self.handle_send = accounts, send
        manager = RedisSharedFrameManager(redis_url) if redis_url else SharedFrameManager()
        self.server = socketio.AsyncServer(
            async_mode="aiohttp",
            transports=["websocket"],
            client_manager=manager,
            cors_allowed_origins=[origin],
            cookie=None,
            json=StrictJson,
            max_http_buffer_size=FRAME_LIMIT,
            ping_interval=20,
            ping_timeout=20,
            logger=False,
            engineio_logger=False,
        )
        self.server.eio._async = {**self.server.eio._async, "websocket": PlainWebSocket}
        self.callers: dict[str, Caller] = {}
        self.tokens: dict[str, str] = {}
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("send", self._send)

    async def _connect(self, sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        token = session_token(environ.get("HTTP_COOKIE", ""))
        caller = await self.accounts.caller(token)
        if caller is None:
            raise socketio.exceptions.ConnectionRefusedError("not_signed_in")
        self.callers[sid], self.tokens[sid] = caller, token
        await self.server.enter_room(sid, caller.device)

    async def _disconnect(self, sid: str, _reason: Any = None) -> None:
        self.callers.pop(sid, None)
        self.tokens.pop(sid, None)

    async def _send(self, sid: str, *arguments: Any) -> dict[str, Any]:
        try:
            caller = self.callers.get(sid)
            if caller is None or caller.expires_at <= self.accounts.clock.now():
                raise Refusal("not_signed_in")
            if len(arguments) != 1:
                raise Refusal("malformed")
            return {"ok": await self.handle_send(caller, arguments[0])}
        except ProtocolError as error:
            return as_refusal(error).as_data()
        except Refusal as refusal:
            return refusal.as_data()
        except Exception:
            logging.getLogger("inscope").exception("a send failed")
            return Refusal("server_busy").as_data()

    async def entry(self, devices: list[str], data: dict[str, Any]) -> None:
        await self.server.emit("entry", data, room=devices)

    async def welcome(self, devices: list[str], thread: str) -> None:
        if devices:
            await self.server.emit("welcome", {"thread": thread}, room=devices)

    async def changed(self, devices: list[str], what: str, subject: str) -> None:
        if devices:
            await self.server.emit("changed", {"what": what, "id": subject}, room=devices)

    async def goodbye(self, device: str, code: str) -> None:
        """Closes this process's connections of the device; other processes hear it through the manager."""
        await self.server.emit("goodbye", {"code": code}, room=[device])
        for sid in [sid for sid, caller in self.callers.items() if caller.device == device]:
            await self._end(sid)

    async def sweep(self) -> None:
        """Ends connections whose session has ended meanwhile, in whichever process that happened."""
        for sid, token in list(self.tokens.items()):
            fresh = await self.accounts.caller(token)
            if fresh is not None:
                self.callers[sid] = fresh
            elif sid in self.callers:
                await self.server.emit("goodbye", {"code": "not_signed_in"}, room=[sid])
                await self._end(sid)

    async def _end(self, sid: str) -> None:
        """Ends the connection itself: Socket.IO alone would leave it open, to a client that does not care to go."""
        connection = self.server.eio.sockets.get(self.server.manager.eio_sid_from_sid(sid, "/"))
        await self.server.disconnect(sid)
        if connection is not None and not connection.closed:
            await connection.close(wait=False)
            await connection.queue.put(None)  # wakes the writer, which closes the WebSocket
            asyncio.get_running_loop().call_later(LAST_WORDS_SECONDS, connection.wire.transport.abort)

    def start(self) -> None:
        """Listens to the other processes from the start: what is said before the first connection counts too."""
        if not self.server.manager_initialized:
            self.server.manager_initialized = True
            self.server.manager.initialize()

    async def close(self) -> None:
        """python-socketio leaves its Redis listener behind at shutdown; end it here."""
        await self.server.shutdown()
        manager = self.server.manager
        if isinstance(manager, RedisSharedFrameManager):
            task = getattr(manager, "thread", None)
            if isinstance(task, asyncio.Task):
                task.cancel()
            for part in (manager.pubsub, manager.redis):
                if part is not None:
                    await part.aclose()
