"""What stands: the newest version of a consent, as it is stored."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from inscope_protocol.types import Scope, StandingVersion, decode_payload

from ..database import Transaction
from . import store


@dataclass(frozen=True)
class Standing:
    """The newest version of a consent: its scope and its signed envelope (JSON object)."""

    scope: Scope
    envelope: dict[str, Any]


async def standing(tx: Transaction, consent: str) -> Standing | None:
    """The newest version, or None for a consent that was never recorded."""
    row = await store.newest(tx, consent)
    return None if row is None else Standing(scope_of(row), json.loads(row.envelope))


async def version_of(tx: Transaction, consent: str, statement: str | None) -> Scope | None:
    """What the version with this statement hash says, or None where there is none."""
    found = [row for row in await store.history(tx, consent) if row.hash == statement]
    return scope_of(found[0]) if found else None


async def versions_standing(tx: Transaction, consents: Collection[str]) -> list[StandingVersion]:
    """The newest version of each, by its number and hash; of one that never was, nothing."""
    rows = await store.versions_standing(tx, sorted(set(consents)))
    return [StandingVersion(row.consent, row.version, row.hash) for row in rows]


def scope_of(row: Any) -> Scope:
    scope = decode_payload("consent", row.payload)
    if not isinstance(scope, Scope):
        raise TypeError("a stored consent is not a scope")
    return scope
