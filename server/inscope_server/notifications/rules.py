"""Where a push may go, and when. Pure (SPEC S14.3, S14.4)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

QUIET = 60_000
"""Milliseconds from one push to a device to the next one at the earliest."""
SOONEST_AGAIN, LATEST_AGAIN = 30_000, 3_600_000
"""Milliseconds after which a push that failed is tried again: from, doubled each time, and to."""
MOST_TRIES = 12
ENDPOINT = re.compile(
    r"(?=.{1,1000}\Z)(?P<origin>(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)(?P<port>:[1-9]\d{0,4})?)"
    r"(/[!\"$-\[\]-~]*)?"
)
"""What stands behind the host is printable ASCII without `#` and `\\`."""


@dataclass(frozen=True)
class Outcome:
    """`told`: the service has it; `gone`: there is no such subscription any more; else `why` not, and try again, not
    before `wait` seconds.
    """

    told: bool = False
    gone: bool = False
    wait: int = 0
    why: str = ""


def service_of(endpoint: str, services: Collection[str]) -> str | None:
    """By which of `services` the server may call this address (RFC 8030, section 5), which a client has chosen.

    They are hosts, `*.` before one for all below it, or origins for such as are not at https and port 443. Without
    them a client could have the server knock at any door of the hospital's own network. An address has one spelling:
    small letters, no user, no port and no fragment.
    """
    found = ENDPOINT.fullmatch(endpoint)
    if found is None:
        return None
    if found["origin"] in services:
        return found["origin"]
    named = (service for service in services if _is(found["host"], service))
    return next(named, None) if found["scheme"] == "https" and not found["port"] else None


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
