"""The consent authority: its key, and the database as it reads it by itself (SPEC S5.9, S5.10, S5.12)."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.narrowing import narrows
from inscope_protocol.statements import Envelope, envelope_object, sign
from inscope_protocol.types import LONGEST_STATUS, Answer, ConsentStatus, RecordedByPatient, Scope

from ..clock import Clock
from ..config import ConfigError
from ..consent.records import standing, versions_standing
from ..database import Database
from ..database_trouble import Wrong, in_words
from ..errors import Refusal
from ..key_file import open_key
from .contract import Claims
from .memory import Memory

log = logging.getLogger("inscope")
MOST_SKEW = 60_000
"""Milliseconds between a server's clock and the authority's, of what is signed as said now."""
NO_CONSENT = "con_AAAAAAAAAAAAAAAAAAAAAA"
NOBODY = "No patient's visit says this now."


class LocalAuthority:
    """Implements contract.Authority. `memory`: only where no other process signs with the same key."""

    def __init__(
        self, database: Database, clock: Clock, claims: Claims, key_file: Path, memory: Memory | None = None
    ) -> None:
        self.database, self.clock, self.claims, self.memory = database, clock, claims, memory
        self.authority, self._seed = open_key(key_file, "aut", "authority_key_file")
        self._public = bytes(SigningKey(self._seed).verify_key)

    async def start(self) -> None:
        """It is here already."""

    async def identify(self) -> dict[str, str]:
        return self.identity()

    async def look(self) -> None:
        """Reads all that it signs by. Raises ConfigError where it cannot, or may not."""
        try:
            async with self.database.read() as tx:
                await standing(tx, NO_CONSENT)
                await versions_standing(tx, [NO_CONSENT])
                await self.claims.look(tx)
        except Wrong as error:
            raise in_words(error) from error

    async def close(self) -> None:
        """It ends with its process."""

    def identity(self) -> dict[str, str]:
        return {"authority": self.authority, "key": encode_base64url(self._public)}

    async def reach(self) -> None:
        try:
            await self.look()
        except ConfigError as error:
            log.error("the consent authority cannot read its database: %s", error)
            raise Refusal("authority_unavailable") from error

    async def status(self, nonce: str, consents: Collection[str]) -> dict[str, Any]:
        """Read after the nonce was drawn: what it says stood at some instant since."""
        async with self.database.read() as tx:
            found = await versions_standing(tx, consents)
        if self.memory is not None:
            found = await self.memory.none_older(found)
        now = self.clock.now()
        status = ConsentStatus(self.authority, nonce, now, now + LONGEST_STATUS, tuple(found))
        return envelope_object(sign("consent-status", status, self.authority, self._seed))

    async def answer(self, answer: Answer, visit: str) -> Envelope:
        async with self.database.read() as tx:
            said = await self.claims.answers(tx, answer, visit)
        if not said or answer.authority != self.authority or not self._is_now(answer.at):
            raise Refusal("answer_mismatch", NOBODY)
        return sign("answer", answer, self.authority, self._seed)

    async def version(self, scope: Scope, visit: str) -> Envelope:
        async with self.database.read() as tx:
            before = await standing(tx, scope.consent)
            said = await self.claims.takes_away(tx, scope, visit)
        by_patient = scope.recorded_by == RecordedByPatient(self.authority)
        if not said or not by_patient or not self._is_now(scope.recorded_at):
            raise Refusal("answer_mismatch", NOBODY)
        if before is None or not narrows(before.scope, scope):
            raise Refusal("consent_conflict", "A patient's own version only takes away from the one that stands.")
        return sign("consent", scope, self.authority, self._seed)

    def _is_now(self, at: int) -> bool:
        return abs(at - self.clock.now()) <= MOST_SKEW
