"""What the log's copy tells beyond a backup, done again inside the transaction that restores it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.merkle import leaf_hash
from inscope_protocol.statements import parse_envelope

from ..app import Server
from ..config import ConfigError
from ..database import Transaction
from .copied import Copied, First


class Replay:
    """`consents` and `people`: of whom something new is told, and who are decided upon anew at the end."""

    def __init__(self, server: Server, tx: Transaction) -> None:
        self.server, self.tx = server, tx
        self.consents: set[str] = set()
        self.people: set[str] = set()
        self.entries = self.ended = 0

    async def run(self, first: First, lines: Iterator[Copied], size: int) -> None:
        """`size`: of the log in the backup. Raises ConfigError where the copy is not of this log, or lacks an entry."""
        audit = self.server.audit
        if (first.log, decode_base64url(first.key)) != (audit.key.log, audit.key.public):
            raise ConfigError("the log's copy is of another log")
        expected = 1
        for line in lines:
            if line.entry["seq"] != expected:
                raise ConfigError(f"the log's copy lacks entry {expected}")
            if expected == size and not await audit.has_leaf(self.tx, size, leaf_hash(line.body.encode())):
                raise ConfigError(f"entry {size} of the log's copy is not that of the backup")
            if expected > size:
                await self._again(line)
            expected += 1
        if expected <= size:
            raise ConfigError(f"the log's copy ends before the backup: it lacks entry {expected}")

    async def _again(self, line: Copied) -> None:
        entry = line.entry
        await self.server.audit.again(self.tx, line.body.encode())
        self.entries += 1
        act = getattr(self, f"_{entry['event']}", None)
        if act is not None:
            await act(entry, line.statements)

    async def _consent(self, entry: dict[str, Any], statements: list[Any]) -> None:
        await self.server.consents.record_again(self.tx, parse_envelope(statements[0]))
        self.consents.add(entry["consent"])

    async def _attestation(self, entry: dict[str, Any], statements: list[Any]) -> None:
        for envelope in statements:
            await self.server.accounts.attesting.attest_again(self.tx, envelope)
        self.people.add(entry["person"])

    async def _revoke(self, entry: dict[str, Any], _statements: list[Any]) -> None:
        await self.server.accounts.sessions.revoke_again(self.tx, entry["device"], entry["at"])
        self.people.add(entry["person"])

    async def _close(self, entry: dict[str, Any], _statements: list[Any]) -> None:
        if entry["outcome"] == "destroyed":
            code = entry["reasons"][0]["code"] if entry["reasons"] else "closed_before_restore"
            self.ended += await self.server.gate.close_again(self.tx, entry["disclosure"], code)

    async def _answer(self, entry: dict[str, Any], _statements: list[Any]) -> None:
        if any(reason["code"] in ("refused", "taken_back") for reason in entry["reasons"]):
            await self.server.questions.drop_answers(self.tx, entry["consent"])
