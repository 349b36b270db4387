"""A server that cheats with its log: it shows one person another one, or changes the one that it has."""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

import pytest
from sqlalchemy import text

from inscope_protocol.merkle import leaf_hash
from inscope_server.app import Server
from inscope_server.audit import store
from inscope_server.audit.entry import COLUMNS, entry_bytes
from inscope_server.audit.tree import Frontier
from protocol import naive_tree

ASKING: ContextVar[str] = ContextVar("asking", default="")


class Fork:
    """What one person, `victim`, is shown from now on: the real log with some openings never in it."""

    def __init__(self, server: Server, victim: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.audit, self.victim, self.clock = server.audit, victim, server.clock
        self.real = {name: getattr(server.audit, name) for name in ("head", "inclusion", "consistency")}
        self.caller = server.accounts.caller
        monkeypatch.setattr(server.accounts, "caller", self._noted)
        for name in self.real:
            monkeypatch.setattr(server.audit, name, getattr(self, name))

    async def _noted(self, token: str) -> Any:
        caller = await self.caller(token)
        ASKING.set("" if caller is None else caller.person)
        return caller

    async def _shown(self) -> list[bytes]:
        async with self.audit.database.read() as tx:
            bodies = [json.loads(row.body) for row in await store.all_entries(tx)]
        return [entry_bytes({**said, "person": None} if said["event"] == "open" else said) for said in bodies]

    async def head(self) -> Any:
        if ASKING.get() != self.victim:
            return await self.real["head"]()
        shown = await self._shown()
        return self.audit.key.sign_head(len(shown), naive_tree.root(shown), self.clock.now())

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        if ASKING.get() != self.victim:
            return list(await self.real["inclusion"](index, size))
        return naive_tree.inclusion(index, (await self._shown())[:size])

    async def consistency(self, first: int, second: int) -> list[bytes]:
        if ASKING.get() != self.victim:
            return list(await self.real["consistency"](first, second))
        return naive_tree.consistency(first, (await self._shown())[:second])


async def rewrite(server: Server, size: int | None = None, edit: int | None = None) -> None:
    """The first `size` entries become the whole log, one of them with another outcome; all of it fits together."""
    async with server.database.write() as tx:
        bodies = [row.body for row in await store.all_entries(tx)][:size]
        if edit is not None:
            bodies[edit] = entry_bytes({**json.loads(bodies[edit]), "outcome": "deny"})
        await tx.execute(text("DELETE FROM audit_entries"))
        await tx.execute(text("DELETE FROM audit_nodes"))
        tree = Frontier()
        await tx.execute(text("UPDATE audit_head SET size = 0"))
        for body in bodies:
            row = {name: json.loads(body)[name] for name in COLUMNS}
            leaf = leaf_hash(body)
            await store.append(tx, {**row, "body": body, "hash": leaf}, tree.append(leaf), tree)
    assert await server.audit.verify() is None
