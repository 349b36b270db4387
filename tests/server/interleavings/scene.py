"""One case as it stands before two things happen at once, and everything that is done in it, in order."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Literal

from inscope_protocol.types import Conditions, PersonRecipient, Scope
from inscope_server.audit.store import head_of
from server.images.room import Ready, Room
from server.interleavings.cast import MINUTE, Cast
from world.device import Answer, Device, new_id

LASTS = 10 * MINUTE
KINDS = Conditions(False, False, ("radiograph", "photograph"), ())
What = Literal["ask", "open", "send", "add", "remove", "say", "bytes", "upload", "record", "take out"]


@dataclass
class Deed:
    """One request and its answer. `about`: a disclosure, consent, person or thread. `began`, `ended`: in the order of
    this scene's instants. `message`: what was sent to the scene's room.
    """

    what: What
    by: str
    about: str
    began: int
    ended: int
    answer: Answer
    message: str = ""

    @property
    def is_done(self) -> bool:
        return self.answer.status == 200


@dataclass
class Scene:
    """`narrow` covers the intern and the specialist's team until `ends`; `wide` covers all three for long.

    Both are of one patient. `since`: the log's size at the beginning; `acknowledged`: the instant at which it
    ended. `images`: disclosure -> blob. `other`: a thread to forward to, where somebody will.
    """

    cast: Cast
    room: Room
    narrow: Scope
    wide: Scope
    ends: int
    since: int
    images: dict[str, str] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    attested: int = 0
    links: int = 0
    acknowledged: int = 0
    other: Room | None = None
    ready: tuple[str, str, Ready] | None = None
    half_uploaded: Answer | None = None
    instants: Any = field(default_factory=lambda: itertools.count(1))

    @classmethod
    async def of(cls, cast: Cast, images: int) -> Scene:
        """With so many images in its room: none, one under the narrow consent, or another under the wide one."""
        intern, server = cast.intern, cast.running.server
        async with server.database.read() as tx:
            since = (await head_of(tx)).size
        ends = cast.running.clock.now() + LASTS
        recipients = (PersonRecipient(intern.me), cast.coastal.team("Trauma"))
        narrow = intern.scope([], recipients=recipients, conditions=KINDS, valid_until=ends)
        wide = intern.scope([device.me for device in cast.devices], subject=narrow.subject)
        scene = cls(cast, await Room.of(intern, cast.specialist), narrow, wide, ends, since)
        for scope in (narrow, wide):
            await scene.do("record", intern, scope.consent, intern.record(scope, scene.room.thread))
        for scope in (narrow, wide)[:images]:
            await scene.attach(intern, scope)
        return scene

    @property
    def rooms(self) -> list[Room]:
        return [self.room] if self.other is None else [self.room, self.other]

    async def do(self, what: What, by: Device, about: str, request: Awaitable[Answer], message: str = "") -> Answer:
        began = next(self.instants)
        answer = await request
        self.deeds.append(Deed(what, by.me, about, began, next(self.instants), answer, message))
        return answer

    async def ask(self, by: Device, scope: Scope, room: Room, origin: str | None = None) -> Answer:
        """About the disclosure that was granted, or the origin of one that was not."""
        began = next(self.instants)
        answer = await room.ask(by, scope, origin)
        about = answer.data.get("disclosure") or origin or ""
        self.deeds.append(Deed("ask", by.me, about, began, next(self.instants), answer))
        if answer.status == 200:
            self.images[about] = answer.data["blob"]
        return answer

    async def upload(self, by: Device, granted: Answer) -> Answer:
        return await self.do("upload", by, granted.data["disclosure"], by.upload(granted.data["blob"], b"sealed"))

    async def prepare(self, by: Device, scope: Scope) -> tuple[str, str, Ready] | None:
        """Asked for and uploaded: the disclosure, the message and what would send it; None if that was refused."""
        granted = await self.ask(by, scope, self.room)
        if granted.status != 200 or (await self.upload(by, granted)).status != 204:
            return None
        message = new_id("msg")
        ready = self.room.declare(by, by.statement(granted, message, b"sealed"))
        return granted.data["disclosure"], message, ready

    async def attach(self, by: Device, scope: Scope) -> None:
        prepared = await self.prepare(by, scope)
        if prepared is not None:
            await self.send(by, prepared)

    async def send(self, by: Device, prepared: tuple[str, str, Ready]) -> None:
        disclosure, message, run = prepared
        await self.do("send", by, disclosure, run(), message)

    @property
    def first(self) -> str:
        """The image under the narrow consent."""
        return next(iter(self.images))
