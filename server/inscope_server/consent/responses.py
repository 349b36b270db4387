"""What consents answer over HTTP (API.md, "Consent and images")."""

from __future__ import annotations

from inscope_protocol.statements import Envelope
from inscope_protocol.types import ConsentId, Counting, DisclosureId

from ..web.described import Told


class Recorded(Told, frozen=True):
    """`closed`: disclosures in threads of the caller's device that this version no longer covers."""

    consent: ConsentId
    version: Counting
    closed: list[DisclosureId]


class Versions(Told, frozen=True):
    versions: list[Envelope]


class Newest(Told, frozen=True):
    consents: list[Envelope]


class Status(Told, frozen=True):
    """S5.12."""

    status: Envelope
