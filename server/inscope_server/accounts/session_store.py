"""Queries of sessions and nonces: short-lived, known to the server by their hashes only."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from ..database import Transaction
from .tables import attestations, devices, nonces, people, sessions

_said = attestations.c.payload.label("attestation")
_standing = (
    select(sessions.c.token_hash, sessions.c.csrf, sessions.c.expires_at, devices, people.c.organisation, _said)
    .join(devices, devices.c.device == sessions.c.device)
    .join(people, people.c.person == devices.c.person)
    .outerjoin(attestations, attestations.c.person == devices.c.person)
    .where(
        sessions.c.token_hash.in_(bindparam("hashes", expanding=True)),
        sessions.c.expires_at > bindparam("now"),
        devices.c.revoked_at.is_(None),
    )
)
"""Asked by every request: put into words once."""


_open = (
    select(sessions.c.device)
    .join(devices, devices.c.device == sessions.c.device)
    .where(
        sessions.c.device == bindparam("device"),
        sessions.c.expires_at > bindparam("now"),
        devices.c.revoked_at.is_(None),
    )
    .limit(1)
)


def secret_hash(secret: bytes) -> bytes:
    """32 bytes. A secret of 32 random bytes needs no salt; nobody guesses it from the hash."""
    return hashlib.blake2b(secret, digest_size=32, person=b"inscope-secret").digest()


async def add_session(tx: Transaction, secret: bytes, device: str, csrf: str, expires_at: int) -> None:
    row = {"token_hash": secret_hash(secret), "device": device, "csrf": csrf, "expires_at": expires_at}
    await tx.execute(insert(sessions).values(**row))


async def standing(tx: Transaction, hashes: Collection[bytes], now: int) -> list[Any]:
    """Rows (token_hash, csrf, expires_at, organisation, the device's, attestation) of sessions that are not over or
    revoked: of each a row for each attestation of its person, or one where there is none.
    """
    return await tx.all(_standing, {"hashes": list(hashes), "now": now})


async def has_open(tx: Transaction, device: str, now: int) -> bool:
    """Whether any session of this device stands."""
    return await tx.first(_open, {"device": device, "now": now}) is not None


async def end_session(tx: Transaction, secret: bytes) -> None:
    await tx.execute(delete(sessions).where(sessions.c.token_hash == secret_hash(secret)))


async def end_sessions_of(tx: Transaction, device: str) -> None:
    await tx.execute(delete(sessions).where(sessions.c.device == device))


async def forget_expired(tx: Transaction, now: int) -> None:
    for table in (sessions, nonces):
        await tx.execute(delete(table).where(table.c.expires_at <= now))


async def add_nonce(tx: Transaction, nonce: bytes, holder: str, expires_at: int) -> bool:
    """Notes that a nonce was used; False when it was before."""
    row = {"nonce_hash": secret_hash(nonce), "holder": holder, "expires_at": expires_at}
    try:
        async with tx.connection.begin_nested():
            await tx.execute(insert(nonces).values(**row))
    except IntegrityError:
        return False
    return True
