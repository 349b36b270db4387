"""The consent authority in this process: its key, and the database as it reads it (SPEC S5.9, S5.10, S5.12)."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.narrowing import narrows
from inscope_protocol.statements import Envelope, envelope_object, sign
from inscope_protocol.types import LONGEST_STATUS, Answer, ConsentStatus, RecordedByPatient, Scope

from ..clock import Clock
from ..consent.service import Consents
from ..database import Database
from ..errors import Refusal
from ..key_file import open_key


class LocalAuthority:
    """Implements contract.Authority."""

    def __init__(self, database: Database, clock: Clock, consents: Consents, key_file: Path) -> None:
        self.database, self.clock, self.consents = database, clock, consents
        self.authority, self._seed = open_key(key_file, "aut", "authority_key_file")
        self._public = bytes(SigningKey(self._seed).verify_key)

    def identity(self) -> dict[str, str]:
        return {"authority": self.authority, "key": encode_base64url(self._public)}

    async def status(self, nonce: str, consents: Collection[str]) -> dict[str, Any]:
        """Read after the nonce was drawn: what it says stood at some instant since."""
        async with self.database.read() as tx:
            standing = await self.consents.versions_standing(tx, consents)
        now = self.clock.now()
        status = ConsentStatus(self.authority, nonce, now, now + LONGEST_STATUS, tuple(standing))
        return envelope_object(sign("consent-status", status, self.authority, self._seed))

    async def answer(self, answer: Answer) -> Envelope:
        return sign("answer", answer, self.authority, self._seed)

    async def version(self, scope: Scope) -> Envelope:
        async with self.database.read() as tx:
            standing = await self.consents.standing(tx, scope.consent)
        by_patient = scope.recorded_by == RecordedByPatient(self.authority)
        if standing is None or not by_patient or not narrows(standing.scope, scope):
            raise Refusal("consent_conflict", "A patient's own version only takes away from the one that stands.")
        return sign("consent", scope, self.authority, self._seed)
