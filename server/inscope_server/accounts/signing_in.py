"""Sessions: a cookie's secret, known to the server by its hash, for one device (SPEC S4.5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.failures import ProtocolError
from inscope_protocol.types import SignIn

from ..audit.service import Audit, Happening
from ..caller import Caller
from ..changes import Changes
from ..clock import Clock, day_of
from ..config import Config
from ..database import Database, Transaction
from ..errors import Refusal
from . import rules, session_store, store
from .records import DeviceRecord, attestation_record, device_record, read_attestation
from .shared_reads import SharedReads
from .sign_in_nonces import SignInNonces
from .signed import claimed_signer, verified


@dataclass(frozen=True)
class OpenSession:
    """`secret` goes into the cookie and nowhere else."""

    secret: str
    expires_at: int


class Sessions:
    """Opening, finding and ending sessions."""

    def __init__(
        self, database: Database, clock: Clock, audit: Audit, changes: Changes, config: Config, nonces: SignInNonces
    ) -> None:
        self.database, self.clock, self.changes, self.config = database, clock, changes, config
        self.audit, self.nonces = audit, nonces
        self.finding = SharedReads[str, Caller](self.callers)

    async def open(self, tx: Transaction, device: str) -> OpenSession:
        """A new session of `device`, within the caller's transaction."""
        secret, csrf = self.clock.random(32), encode_base64url(self.clock.random(32))
        now = self.clock.now()
        expires_at = now + self.config.session_hours * 3_600_000
        await session_store.forget_expired(tx, now)
        await session_store.add_session(tx, secret, device, csrf, expires_at)
        await store.note_sign_in(tx, device, day_of(now, self.config.time_zone))
        return OpenSession(encode_base64url(secret), expires_at)

    async def caller(self, token: str) -> Caller | None:
        """Whose cookie this is; None when it is nobody's, over, or its device is revoked."""
        return await self.finding.ask(token)

    async def callers(self, tokens: Collection[str]) -> dict[str, Caller]:
        """As `caller`, for many at once and in one query: those that are somebody's."""
        by_hash = {digest: token for token in tokens if (digest := _hash(token)) is not None}
        if not by_hash:
            return {}
        now = self.clock.now()
        async with self.database.read() as tx:
            rows = await session_store.standing(tx, by_hash, now)
        ordered = sorted(rows, key=lambda row: row.token_hash)
        found = {of: list(some) for of, some in groupby(ordered, key=lambda row: row.token_hash)}
        return {by_hash[of]: _caller(some, now) for of, some in found.items()}

    async def is_signed_in(self, tx: Transaction, device: str) -> bool:
        """For what goes on after a request was let in: whether its device is not signed out or revoked meanwhile."""
        return await session_store.has_open(tx, device, self.clock.now())

    def nonce(self, device: str) -> str:
        """A nonce for signing in, also for a device that never was: the answer tells nothing."""
        return self.nonces.draw(device)

    async def sign_in(self, envelope: object) -> OpenSession:
        """S4.5. Raises `not_signed_in` whatever is wrong; `device_revoked` to a revoked device itself."""
        parsed, signer = claimed_signer(envelope, "dev")
        async with self.database.write() as tx:
            now = self.clock.now()
            rows = await store.devices_by_id(tx, [signer])
            if not rows:
                raise Refusal("not_signed_in")
            record = await _record(tx, rows[0], now)
            try:
                asked = verified(parsed, "sign-in", SignIn, signer, record.device_key)
            except ProtocolError as error:
                raise Refusal("not_signed_in") from error
            rules.check_sign_in(asked, signer, self.config.origin)
            nonce = decode_base64url(asked.nonce)
            until = self.nonces.good_until(nonce, signer)
            if until is None or not await session_store.add_nonce(tx, nonce, signer, until):
                raise Refusal("not_signed_in")
            if record.revoked_at is not None:
                raise Refusal("device_revoked")
            return await self.open(tx, signer)

    async def sign_out(self, caller: Caller) -> None:
        """Ends every session and socket of this device."""
        async with self.database.write() as tx:
            await self._end(tx, caller.device)

    async def revoke(self, caller: Caller, device: str) -> None:
        """Revokes an own device for good; of another's: `not_found`. Again is fine.

        A device that is not attested may be whoever read an invitation first, or one that was replaced: of any but
        itself `not_attested` (S4.6).
        """
        async with self.database.write() as tx:
            rows = await store.devices_by_id(tx, [device])
            if not rows or rows[0].person != caller.person:
                raise Refusal("not_found")
            if device != caller.device and not caller.attested:
                raise Refusal("not_attested")
            await self._revoke(tx, caller.person, device, Happening("revoke", "recorded", caller.person, device))

    async def revoke_of(self, tx: Transaction, caller: Caller, device: str) -> None:
        """As `revoke`, of a device of the organisation whose administrator the caller was found to be (S4.7)."""
        owner = await store.owner_in(tx, caller.organisation, device)
        if owner is None:
            raise Refusal("not_found")
        reasons = [{"code": "by_administrator", "who": owner, "remedy": "none"}]
        happening = Happening("revoke", "recorded", caller.person, device, reasons=reasons)
        await self._revoke(tx, owner, device, happening)

    async def _revoke(self, tx: Transaction, owner: str, device: str, happening: Happening) -> None:
        await store.person(tx, owner, lock=True)
        if await store.revoke(tx, device, self.clock.now()):
            await self.changes.person(tx, owner)  # Who shares a thread with it is to know that it hears nothing more.
            await self.audit.record(tx, happening)
        await self._end(tx, device)

    async def revoke_again(self, tx: Transaction, device: str, at: int) -> None:
        """What a restored database has forgotten. `at`: when it was revoked."""
        await store.revoke(tx, device, at)

    async def _end(self, tx: Transaction, device: str) -> None:
        await session_store.end_sessions_of(tx, device)
        tx.after_commit(lambda: self.changes.device_ended(device))


def _hash(token: str) -> bytes | None:
    """By which a session is known; None for what cannot be a token."""
    try:
        return session_store.secret_hash(decode_base64url(token, 32))
    except ProtocolError:
        return None


def _caller(rows: Sequence[Any], now: int) -> Caller:
    """`rows`: of one session, as `session_store.standing` has them."""
    row, said = rows[0], [read_attestation(each.attestation) for each in rows if each.attestation is not None]
    attested = device_record(row, said, now).is_attested
    return Caller(row.person, row.device, row.organisation, row.csrf, row.expires_at, attested)


async def _record(tx: Transaction, row: Any, now: int) -> DeviceRecord:
    said = await store.attestations_of(tx, [row.person])
    return device_record(row, [attestation_record(each) for each in said], now)
