"""The WebSockets that are open in this process, and whose they are."""

from __future__ import annotations

import asyncio
import contextlib

from .wire import Wire


class Connections:
    """By device, oldest first. A WebSocket is here for as long as it lasts: nothing that a client says takes it out."""

    def __init__(self) -> None:
        self._of: dict[str, list[Wire]] = {}
        self._none = asyncio.Event()

    def add(self, wire: Wire) -> None:
        self._of.setdefault(wire.caller.device, []).append(wire)
        self._none.clear()

    def remove(self, wire: Wire) -> None:
        device = wire.caller.device
        self._of[device].remove(wire)
        if not self._of[device]:
            del self._of[device]
        if not self._of:
            self._none.set()

    def of(self, device: str) -> list[Wire]:
        return list(self._of.get(device, ()))

    def all(self) -> list[Wire]:
        return [wire for wires in self._of.values() for wire in wires]

    async def ended(self, seconds: float) -> None:
        """Waits until there are none, for a while; who is left then is cut off."""
        if self._of:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._none.wait(), seconds)
        for wire in self.all():
            wire.abort()
