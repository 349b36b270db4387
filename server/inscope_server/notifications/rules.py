"""Where a push may go, and when. Pure (SPEC S14.3, S14.4)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

QUIET = 60_000
"""Milliseconds from one push to a device to the next one at the earliest."""
SOONEST_AGAIN, LATEST_AGAIN = 30_000, 3_600_000
"""Milliseconds after which a push that failed is tried again: from, doubled each time, and to."""
MOST_TRIES = 12
PRINTABLE = re.compile(r"[!-~]{1,1000}")


@dataclass(frozen=True)
class Outcome:
    """`told`: the service has it; `gone`: there is no such subscription any more; else `why` not, and try again, not
    before `wait` seconds.
    """

    told: bool = False
    gone: bool = False
    wait: int = 0
    why: str = ""


def admitted(endpoint: str, services: Collection[str]) -> bool:
    """Whether the server may call this address (RFC 8030, section 5), which a client has chosen.

    `services`: hosts, `*.` before one for all below it, or origins for such as are not at https and port 443. Without
    it a client could have the server knock at any door of the hospital's own network.
    """
    if not PRINTABLE.fullmatch(endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or parts.fragment or "\\" in endpoint:
        return False
    if f"{parts.scheme}://{parts.netloc}" in services:
        return True
    host = parts.hostname or ""
    return parts.scheme == "https" and port in (None, 443) and any(_is(host, service) for service in services)


def _is(host: str, service: str) -> bool:
    return host.endswith(service[1:]) if service.startswith("*.") else host == service


def due(now: int, pushed_at: int | None) -> int:
    """When a device is to be told of what is new now. The last push may have come a moment before it was."""
    return now if pushed_at is None else max(now, pushed_at + QUIET)


def again(now: int, failures: int, wait_seconds: int) -> int | None:
    """When to try again after so many failures in a row, none before what the service asks for; None: no more."""
    if failures >= MOST_TRIES:
        return None
    pause = min(SOONEST_AGAIN << (failures - 1), LATEST_AGAIN)
    return now + max(pause, min(wait_seconds * 1000, LATEST_AGAIN))
