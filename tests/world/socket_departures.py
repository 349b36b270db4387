"""Every event and acknowledgement of the socket in any test, held against protocol/asyncapi.json.

In a server of the test's own process where they are made, and of one elsewhere where a `Line` hears them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

from inscope_server.web.socket import Socket
from inscope_server.web.socket_server import EVENT
from inscope_server.web.wire import Wire

DESCRIPTION = Path(__file__).resolve().parents[2] / "protocol" / "asyncapi.json"
ACKNOWLEDGEMENT = "acknowledgement"


@functools.cache
def payloads() -> Mapping[str, jsonschema_rs.Validator]:
    """By the message's name. Made once: a validator costs a hundred times what it is asked."""
    described = json.loads(DESCRIPTION.read_text("utf-8"))
    return {name: jsonschema_rs.Draft202012Validator({**message["payload"], "components": described["components"]})
            for name, message in described["channels"]["socket"]["messages"].items()}  # fmt: skip


class SocketDepartures:
    """`found`: what was heard or told otherwise than the description says, each told once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def watch(self, socket: Socket) -> None:
        """What a device sends and is answered, and what this process tells its devices, from here on."""
        sent, emit = socket.server.sent, socket.server.manager.emit

        async def watched_sent(wire: Wire, arguments: list[Any]) -> Any:
            answer = await sent(wire, arguments)
            if "ok" in answer:
                self.check(EVENT, *arguments)
            self.check(ACKNOWLEDGEMENT, answer)
            return answer

        async def watched_emit(event: str, data: Any, *place: Any, **options: Any) -> None:
            self.check(event, data)
            await emit(event, data, *place, **options)

        socket.server.sent, socket.server.manager.emit = watched_sent, watched_emit

    def check(self, message: str, data: Any) -> None:
        """`message`: an event's name, or ACKNOWLEDGEMENT. What is looked at is how `data` is written."""
        described = payloads().get(message)
        if described is None:
            self._tell(f"{message} is not described")
        else:
            for error in described.iter_errors(json.loads(msgspec.json.encode(data))):
                self._tell(f"{message} is otherwise: {error.message} at {'/'.join(map(str, error.instance_path))}")

    def _tell(self, what: str) -> None:
        if what not in self.found:
            self.found.append(what)
