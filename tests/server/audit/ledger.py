"""What the tests of the log ask of it: entries, their bytes, heads as a client keeps them, and any SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from inscope_protocol.statements import verify
from inscope_protocol.types import TreeHead
from inscope_server.audit import store
from inscope_server.audit.log_key import LogKey
from inscope_server.audit.service import Audit, Happening
from inscope_server.clock import Clock
from inscope_server.database import Database
from world.device import new_id


def opening(disclosure: str = "") -> Happening:
    return Happening("open", "permit", new_id("per"), new_id("dev"), new_id("thr"), disclosure or new_id("dis"))


class Ledger:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.audit = Audit(database, Clock(), LogKey.open(folder / "log_key"))

    async def record(self, count: int) -> None:
        async with self.database.write() as tx:
            for _ in range(count):
                await self.audit.record(tx, opening())

    async def bodies(self) -> list[bytes]:
        async with self.database.read() as tx:
            return [row.body for row in await store.all_entries(tx)]

    async def head(self) -> TreeHead:
        key = self.audit.key
        head = verify(await self.audit.head(), "tree-head", key.log, key.public)
        assert isinstance(head, TreeHead)
        return head

    async def do(self, statement: str, **values: Any) -> None:
        """What somebody with the database's password can do."""
        async with self.database.write() as tx:
            await tx.execute(text(statement), values)
