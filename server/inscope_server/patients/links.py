"""Links to look back by: only their hashes are kept (SPEC S5.9)."""

from __future__ import annotations

from inscope_protocol.patient_link import patient_token_hash

from ..clock import Clock
from ..database import Transaction
from . import store


async def new_link(
    tx: Transaction, clock: Clock, consent: str, person: str, organisation: str, code_hash: str, token: bytes
) -> None:
    """A new link by this token. `person`: who gives it to the patient."""
    await store.put_link(tx, {
        "token_hash": patient_token_hash(token), "consent": consent, "person": person, "organisation": organisation,
        "code_hash": code_hash, "failures": 0, "locked_until": 0, "created_at": clock.now(),
    })  # fmt: skip
