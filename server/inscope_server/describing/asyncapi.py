"""The socket as AsyncAPI 3.0 (asyncapi.com/docs/reference/specification/v3.0.0), as the server's side sees it."""

from __future__ import annotations

from typing import Any

from inscope_protocol.statements import Envelope

from ..threads.api import SEND_REFUSES, SocketSend
from ..threads.responses import Entry, Sent
from ..web.described import Refused
from ..web.events import Changed, Goodbye, Welcomed
from ..web.socket_server import EVENT
from ..web.wire import FRAME_LIMIT
from .schemas import Json, Schemas

EVENTS: dict[str, Any] = {"entry": Entry, "welcome": Welcomed, "changed": Changed, "goodbye": Goodbye}
"""What the server tells, by the event's name."""

REFUSES = {"malformed", "not_found", "not_signed_in", "not_attested", "server_busy", *SEND_REFUSES}
"""Every code that a `send` can be refused with."""


def described(session_cookie: str) -> Json:
    schemas = Schemas([Envelope, Refused, SocketSend, Sent, *EVENTS.values()])
    payloads = {EVENT: schemas.of(SocketSend), **{name: schemas.of(kind) for name, kind in EVENTS.items()}}
    kept = {"type": "object", "required": ["ok"], "properties": {"ok": schemas.of(Sent)}, "additionalProperties": False}
    payloads["acknowledgement"] = {"oneOf": [kept, schemas.refusal(sorted(REFUSES))]}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "InScope", "version": "1",
            "description": "Made of the wire types by `inscope describe asyncapi`. What each event means: API.md.",
        },
        "defaultContentType": "application/json",
        "channels": {"socket": {
            "address": "/socket/",
            "description": f"Socket.IO 5 over WebSocket alone, at most {FRAME_LIMIT} bytes a frame.",
            "messages": {name: {"name": name, "payload": payload} for name, payload in payloads.items()},
        }},
        "operations": {EVENT: _heard(), **{name: _told(name) for name in EVENTS}},
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"session": {"type": "httpApiKey", "in": "cookie", "name": session_cookie}},
        },
    }  # fmt: skip


def _heard() -> Json:
    return {**_operation("receive", EVENT), "reply": {"channel": _CHANNEL, "messages": _message("acknowledgement")}}


def _told(name: str) -> Json:
    return _operation("send", name)


def _operation(action: str, message: str) -> Json:
    security = [{"$ref": "#/components/securitySchemes/session"}]
    return {"action": action, "channel": _CHANNEL, "messages": _message(message), "security": security}


def _message(name: str) -> list[Json]:
    return [{"$ref": f"#/channels/socket/messages/{name}"}]


_CHANNEL = {"$ref": "#/channels/socket"}
