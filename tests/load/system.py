"""What a scenario needs of a system under test, whatever it speaks: InScope, the floor, Prosody, ejabberd, Synapse."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Protocol

from .meter import Meter

BODY = 1024
"""Bytes of a message's body, ciphertext or text."""


class Lacking(Exception):
    """This system has no such thing, or cannot be had here; says why."""


class Line(Protocol):
    """One connection. `acks` and `entries` count acknowledged sends and messages that arrived."""

    acks: int
    entries: int
    failures: int

    async def pump(self, frames: list[Any], window: int) -> None:
        """Sends all frames with at most `window` unacknowledged."""

    def close(self) -> None: ...


class System(ABC):
    """People are numbers from 0 on. `start` makes all of them; a `room` is a thread of the first `size` of some."""

    name: ClassVar[str]
    promise: ClassVar[str]
    """What an acknowledgement says."""
    share: ClassVar[float] = 1.0
    """How much of a scenario's work it is given: a slow one would take all night. Rates do not depend on it."""
    page: ClassVar[int] = 500
    """Messages of a thread that one request of a device that was away may ask for."""

    def __init__(self) -> None:
        self.meter = Meter()

    @abstractmethod
    async def start(self, folder: Path, people: int) -> None:
        """Empty, with this many people who may sign in."""

    @abstractmethod
    async def stop(self) -> None: ...

    @abstractmethod
    async def connect(self, person: int) -> Line:
        """Ready to send and to hear."""

    @abstractmethod
    async def room(self, members: list[int]) -> Any:
        """A thread of these people, all in it. Two make a pair."""

    @abstractmethod
    def message(self, person: int, room: Any) -> Any:
        """A frame for `pump`: a message of BODY bytes, ready to be sent."""

    def copies(self, members: int) -> int:
        """How many connections hear a message of a room; everybody, the sender too, unless a system says otherwise."""
        return members

    async def catch_up(self, person: int, room: Any) -> int:
        """Fetches all that a device which was away has missed in a room, by pages; how many messages."""
        raise Lacking("has no archive that a device reads")

    async def search(self, person: int, text: str) -> int:
        """Asks the directory; how many were found."""
        raise Lacking("has no directory to search")

    async def upload(self, person: int, data: bytes) -> Any:
        raise Lacking("takes no files")

    async def download(self, person: int, what: Any) -> int:
        """Bytes that came."""
        raise Lacking("has no files")

    async def restart(self) -> tuple[float, float]:
        """Ends its process and starts it again: seconds until it answers, and processor seconds until then."""
        raise Lacking("is not started by the bench alone")

    async def settle(self) -> None:
        """Until what was asked has been done: a moment."""
        await asyncio.sleep(0.3)
