"""Asking the consent authority to sign, while nothing is held: meanwhile what is to be signed may have changed."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from ..errors import Refusal

T = TypeVar("T")
CHANGED = ("answer_mismatch", "consent_conflict")
"""What the authority answers where what it reads is no longer what it is asked to sign."""


async def unless_changed(signed: Awaitable[T]) -> T | None:
    """What was signed, or None where something has changed since it was said: then all is read anew."""
    try:
        return await signed
    except Refusal as refusal:
        if refusal.code not in CHANGED:
            raise
        return None
