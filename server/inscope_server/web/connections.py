"""The WebSockets that are open in this process, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .frames import PlainWebSocket


class Connections:
    """By device, oldest first. A WebSocket is here for as long as it lasts: nothing that a client says takes it out."""

    def __init__(self) -> None:
        self._of: dict[str, list[PlainWebSocket]] = {}

    @contextmanager
    def hold(self, wire: PlainWebSocket) -> Iterator[None]:
        device = wire.caller.device
        self._of.setdefault(device, []).append(wire)
        try:
            yield
        finally:
            self._of[device].remove(wire)
            if not self._of[device]:
                del self._of[device]

    def of(self, device: str) -> list[PlainWebSocket]:
        return list(self._of.get(device, ()))

    def all(self) -> list[PlainWebSocket]:
        return [wire for wires in self._of.values() for wire in wires]
