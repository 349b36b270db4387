"""The socket, and beside it the push services for who is not at one: threads tell both as one (threads/delivery.py)."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from ..threads.delivery import Delivery
from .pushing import Pushing


class Entry(msgspec.Struct):
    """What is looked at of an entry of a thread's log."""

    kind: str
    thread: str
    device: str | None = None


class PushedDelivery:
    """Implements threads' Delivery. Of entries messages alone are news: a commit or a tombstone wakes nobody."""

    def __init__(self, socket: Delivery, pushing: Pushing) -> None:
        self.socket, self.pushing = socket, pushing
        self.changed, self.goodbye = socket.changed, socket.goodbye

    async def entry(self, devices: list[str], entry: Raw) -> None:
        said = msgspec.json.decode(entry, type=Entry)
        if said.kind == "message":
            self.pushing.news(said.thread, devices, said.device)
        await self.socket.entry(devices, entry)

    async def welcome(self, devices: list[str], thread: str) -> None:
        self.pushing.news(thread, devices, None)
        await self.socket.welcome(devices, thread)
