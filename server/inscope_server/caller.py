"""Who is asking: the signed-in device, as every service takes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A session's device and person. `expires_at` in milliseconds; `csrf` is compared with the request's header."""

    person: str
    device: str
    organisation: str
    csrf: str
    expires_at: int
    attested: bool
