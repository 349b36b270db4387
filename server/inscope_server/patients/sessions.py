"""Visits by patients: a cookie that a link was exchanged for, and for a look back also the code that was spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inscope_protocol.encoding import decode_base64url, encode_base64url, plain_hash
from inscope_protocol.failures import ProtocolError

from ..clock import Clock
from ..database import Database, Transaction
from . import store

Kind = Literal["question", "look"]
LIFETIME = 30 * 60 * 1000


@dataclass(frozen=True)
class Visit:
    """`of`: the token hash of the question or the link. `proven`: the code was right (always, for a question)."""

    kind: str
    of: bytes
    proven: bool
    secret_hash: bytes


class PatientSessions:
    """Opened inside the transaction that uses the link up."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock

    async def open(self, tx: Transaction, kind: Kind, of: bytes) -> str:
        """A new visit's secret, for the cookie; only its hash is kept."""
        secret, now = self.clock.random(32), self.clock.now()
        await store.forget_visits(tx, now)
        row = {"secret_hash": plain_hash(secret), "kind": kind, "of": of, "proven": int(kind == "question")}
        await store.put_visit(tx, {**row, "expires_at": now + LIFETIME})
        return encode_base64url(secret)

    async def find(self, tx: Transaction, cookie: str, kind: Kind) -> Visit | None:
        try:
            secret_hash = plain_hash(decode_base64url(cookie, 32))
        except ProtocolError:
            return None
        row = await store.visit(tx, secret_hash)
        if row is None or row.kind != kind or row.expires_at <= self.clock.now():
            return None
        return Visit(row.kind, row.of, bool(row.proven), secret_hash)

    async def prolong(self, tx: Transaction, visit: Visit) -> None:
        """As long from now as a new one."""
        await store.prolong_visit(tx, visit.secret_hash, self.clock.now() + LIFETIME)
