"""What the log's copy tells beyond a backup, done again inside the transaction that restores it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.merkle import leaf_hash
from inscope_protocol.statements import parse_envelope

from ..app import Server
from ..audit.tree import Frontier
from ..config import ConfigError
from ..database import Transaction
from ..errors import Refusal
from ..progress import stage
from .copied import Copied, First


class Replay:
    """`consents` and `people`: of whom something new is told, and who are decided upon anew at the end;
    `forgotten`: consents of which a newer version could not be verified. `authority`: as `Authority.identity`.
    """

    def __init__(self, server: Server, tx: Transaction, authority: dict[str, str]) -> None:
        self.server, self.tx, self.authority = server, tx, authority
        self.consents: set[str] = set()
        self.forgotten: set[str] = set()
        self.people: set[str] = set()
        self.entries = self.ended = 0
        self.acts = {
            "consent": self._consent, "attestation": self._attestation, "revoke": self._revoke, "close": self._close,
            "answer": self._answer,
        }  # fmt: skip

    async def run(self, first: First, lines: Iterator[Copied], size: int) -> None:
        """`size`: of the log in the backup. Raises ConfigError where the copy is not of this log, or lacks an entry."""
        audit = self.server.audit
        if (first.log, decode_base64url(first.key)) != (audit.key.log, audit.key.public):
            raise ConfigError("the log's copy is of another log")
        expected, before = 1, Frontier()
        with stage("The log's copy") as advance:
            for line in lines:
                if _seq(line) != expected:
                    raise ConfigError(f"the log's copy lacks entry {expected}")
                if expected <= size:
                    before.append(leaf_hash(line.body.encode()))
                if expected == size and not await audit.stands_at(self.tx, before):
                    raise ConfigError(f"the first {size} entries of the log's copy are not those of the backup")
                if expected > size:
                    await self._again(line)
                expected += 1
                advance(1)
        if expected <= size:
            raise ConfigError(f"the log's copy ends before the backup: it lacks entry {expected}")

    async def _again(self, line: Copied) -> None:
        entry = line.entry
        try:
            await self.server.audit.again(self.tx, line.body.encode())
            if entry["event"] in self.acts:
                await self.acts[entry["event"]](entry, line.statements)
        except (ProtocolError, Refusal, LookupError, TypeError, ValueError) as error:
            raise ConfigError(f"entry {entry['seq']} of the log's copy does not fit what it tells of") from error
        self.entries += 1

    async def _consent(self, entry: dict[str, Any], statements: list[Any]) -> None:
        consent = entry["consent"]
        if consent not in self.forgotten:
            envelope = parse_envelope(statements[0])
            told = await self.server.consents.record_again(self.tx, consent, entry["version"], envelope, self.authority)
            self.forgotten |= set() if told else {consent}
        self.consents.add(consent)

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


def _seq(line: Copied) -> Any:
    try:
        return line.entry["seq"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
