"""Time and randomness as arguments: the application passes these in, tests pass their own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

CLOCK_TOLERANCE = 300_000
"""Milliseconds by which a device's clock may differ from the server's."""


def system_now() -> int:
    """Milliseconds since 1970 UTC (SPEC S1.1)."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Clock:
    """`now()` in milliseconds; `random(n)` gives n unpredictable bytes."""

    now: Callable[[], int] = system_now
    random: Callable[[int], bytes] = secrets.token_bytes


def day_of(at: int, time_zone: str) -> str:
    """The day (YYYY-MM-DD) of an instant where that time zone (IANA) is kept."""
    return datetime.fromtimestamp(at / 1000, ZoneInfo(time_zone)).date().isoformat()
