"""Images in InScope, through the gate: consent, asked for, uploaded by tus in pieces, declared, opened, fetched."""

from __future__ import annotations

from typing import Any

from world.device import Device, new_id

PIECE = 8 * 1024 * 1024
"""As much as one PATCH may carry."""


class Images:
    """One thread with one consent that covers everybody in it; `owner` sends."""

    def __init__(self, owner: Device, thread: str, scope: Any) -> None:
        self.owner, self.thread, self.scope = owner, thread, scope
        self.blobs: dict[str, str] = {}

    @classmethod
    async def begin(cls, owner: Device, thread: str, people: list[str]) -> Images:
        scope = owner.scope(people)
        recorded = await owner.record(scope, thread)
        assert recorded.status == 200, recorded
        return cls(owner, thread, scope)

    async def send(self, data: bytes) -> str:
        """The disclosure."""
        granted = await self.owner.ask(self.thread, self.scope)
        assert granted.status == 200, granted
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            uploaded = await self.owner.upload(granted.data["blob"], piece, start, data)
            assert uploaded.status == 204, uploaded
        sent = await self.owner.send_statement(self.owner.statement(granted, new_id("msg"), data))
        assert sent.status == 200, sent
        disclosure = str(granted.data["disclosure"])
        self.blobs[disclosure] = granted.data["blob"]
        return disclosure

    async def open(self, viewer: Device, disclosure: str) -> int:
        """Bytes that came, once the half had."""
        opened = await viewer.open(disclosure)
        assert opened.status == 200, opened
        return len((await viewer.call("GET", f"/api/blobs/{self.blobs[disclosure]}")).data)

    async def withdraw(self) -> int:
        """How many images were closed by it."""
        answer = await self.owner.record(self.owner.following(self.scope, decision="withdrawn"), self.thread)
        assert answer.status == 200, answer
        return len(answer.data["closed"])
