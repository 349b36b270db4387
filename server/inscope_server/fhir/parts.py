"""What a Consent of another system says: found by consent_r4 and consent_r5, weighed by foreign."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from .codes import Json

Found = tuple[str, Any]
"""The path of an element, and the element."""


@dataclass
class Parts:
    """`rule`: the provision that permits, or what a denial speaks of. `periods`: all of them hold at once."""

    decision: Literal["permit", "deny"]
    rule: tuple[str, Json]
    patient: Found
    answered_by: list[Found] = field(default_factory=list)
    periods: list[Found] = field(default_factory=list)
