"""Images in InScope, through the gate: consent, asked for, uploaded by tus in pieces, declared, opened, fetched."""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import insert, select

from inscope_server.database import Database
from inscope_server.images import pieces
from inscope_server.images.store import disclosures
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

    async def send_many(self, data: bytes, count: int, database: Database) -> None:
        """One through the gate, and the rows that it left, again and again under names of their own."""
        disclosure = await self.send(data)
        async with database.write() as tx:
            one = disclosures.c.disclosure == disclosure
            row = (await tx.first(select(disclosures).where(one)))._mapping
            upload = (await pieces.upload_of(tx, row["blob"]))._mapping
            (piece,) = [each._mapping for each in await pieces.pieces_of(tx, row["blob"])]
            names = [{"disclosure": new_id("dis"), "image": new_id("img")} for _ in range(count - 1)]
            halves = [{**name, "server_half": os.urandom(32), "blob": new_id("blb")} for name in names]
            for table, like in ((disclosures, row), (pieces.uploads, upload), (pieces.pieces, piece)):
                own = [{name: value for name, value in half.items() if name in table.c} for half in halves]
                await tx.execute(insert(table), [{**like, **each} for each in own])

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
