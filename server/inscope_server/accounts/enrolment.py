"""From an invitation to a device that waits for its organisation (SPEC S4); only that completes it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.enrolment import invitation_token_hash
from inscope_protocol.types import Device, Invitation, Request

from ..clock import Clock
from ..database import Database, Transaction
from ..errors import Refusal
from ..web.rate_limit import RateLimit
from . import rules, session_store, store
from .folding import fold
from .signed import claimed_payload, claimed_signer, handed_on, stored, verified
from .signing_in import OpenSession, Sessions
from .tables import enrolments, invitations, people


class Enrolments:
    """Invitations, their one redemption, and what the attester asks for."""

    def __init__(self, database: Database, clock: Clock, sessions: Sessions) -> None:
        self.database, self.clock, self.sessions = database, clock, sessions
        self.wrong_tokens = RateLimit(clock, per_minute=10, burst=20)
        self.requests = RateLimit(clock, per_minute=240, burst=60)

    async def invite(self, envelope: object) -> str:
        """Takes an invitation signed by a registered organisation, also again. Returns the person."""
        parsed, signer = claimed_signer(envelope, "org")
        async with self.database.write() as tx:
            key = await organisation_key(tx, signer, lock=True)
            invitation = verified(parsed, "invitation", Invitation, signer, key)
            person = await store.person(tx, invitation.person, lock=True)
            rules.check_invitation(invitation, signer, person.organisation if person else None, self.clock.now())
            await self._keep_invitation(tx, invitation, stored(parsed), is_new=person is None)
        return invitation.person

    async def _keep_invitation(self, tx: Transaction, invitation: Invitation, envelope: str, is_new: bool) -> None:
        there = await store.any_invitation(tx, invitation.token_hash)
        if there is not None:
            if there.envelope != envelope:
                raise Refusal("malformed", "Another invitation has this token.")
            return
        row = {"person": invitation.person, "organisation": invitation.organisation}
        if is_new:
            names = {"display_name": invitation.display_name, "folded_name": fold(invitation.display_name)}
            await tx.execute(insert(people).values(**row, **names))
        row |= {"token_hash": invitation.token_hash, "envelope": envelope}
        await tx.execute(insert(invitations).values(**row, valid_until=invitation.valid_until))

    async def look(self, token: bytes, address: str) -> dict[str, Any]:
        """Who is invited; uses nothing up. `invitation_invalid` alike for used, over and unknown tokens.

        Too many of those from one address are `rate_limited`. A right token never is: its holder may share the address.
        """
        row = await self._invitation(token, address)
        return {
            "person": row.person,
            "display_name": row.display_name,
            "organisation": row.organisation,
            "organisation_name": row.name,
            "organisation_key": encode_base64url(row.key),
        }

    async def redeem(self, token: bytes, device: object, proof: str, address: str) -> OpenSession:
        """Uses the token up for one device, signs it in, and leaves it pending (S4.3). Raises as `look`."""
        await self._invitation(token, address)
        certificate, envelope = _self_signed(device)
        async with self.database.write() as tx:
            now, token_hash = self.clock.now(), _hash(token)
            invitation = await store.invitation(tx, token_hash, now)
            if invitation is None or not await store.redeem(tx, token_hash, now):
                raise Refusal("invitation_invalid")
            rules.check_enrolling_device(certificate, invitation.person, now)
            await store.add_device(tx, certificate, envelope)
            row = {"organisation": invitation.organisation, "device": certificate.device, "proof": proof}
            await tx.execute(insert(enrolments).values(token_hash=token_hash, **row))
            return await self.sessions.open(tx, certificate.device)

    async def pending(self, request: object) -> list[dict[str, Any]]:
        """Enrolments that wait for this organisation, to whoever holds its key. Each request is good once."""
        parsed, signer = claimed_signer(request, "org")
        async with self.database.write() as tx:
            asked = verified(parsed, "request", Request, signer, await organisation_key(tx, signer))
            self.requests.take(signer)
            now = self.clock.now()
            rules.check_request(asked, signer, now)
            nonce = decode_base64url(asked.nonce)
            if not await session_store.add_nonce(tx, nonce, signer, now + 2 * rules.REQUEST_AGE):
                raise rules.stale()
            rows = await store.pending_enrolments(tx, signer)
        return [
            {
                "person": row.person,
                "token_hash": row.token_hash,
                "device": handed_on(row.envelope),
                "proof": row.proof,
            }
            for row in rows
        ]

    async def _invitation(self, token: bytes, address: str) -> Any:
        async with self.database.read() as tx:
            row = await store.invitation(tx, _hash(token), self.clock.now())
        if row is None:
            self.wrong_tokens.take(address)
            raise Refusal("invitation_invalid")
        return row


async def organisation_key(tx: Transaction, signer: str, lock: bool = False) -> bytes:
    """The registered public key of an organisation; `wrong_signer` for one that is not registered."""
    row = await store.organisation(tx, signer, lock)
    if row is None:
        raise Refusal("wrong_signer")
    key: bytes = row.key
    return key


def _hash(token: bytes) -> str:
    return encode_base64url(invitation_token_hash(token))


def _self_signed(device: object) -> tuple[Device, str]:
    """A certificate under the key that it names itself; whose key it is, the attester finds out (S4.4)."""
    parsed, signer = claimed_signer(device, "per")
    key = decode_base64url(claimed_payload(parsed, "device", Device).identity_key, 32)
    certificate = verified(parsed, "device", Device, signer, key)
    if certificate.person != signer:
        raise Refusal("wrong_signer")
    return certificate, stored(parsed)
