"""What filing answers over HTTP (API.md, "Filing")."""

from __future__ import annotations

from typing import Literal

from inscope_protocol.statements import Envelope
from inscope_protocol.types import FailureCode, FilingId, Natural, Time

from ..accounts.responses import AuthorityIdentity
from ..web.described import Told


class Gateways(Told, frozen=True):
    gateways: list[Envelope]


class Begun(Told, frozen=True):
    filing: FilingId
    lapses_at: Time


class Parts(Told, frozen=True):
    parts: list[Natural]


class State(Told, frozen=True):
    state: Literal["uploading", "waiting", "fetched", "filed", "refused", "ended"]
    code: FailureCode | None
    receipt: Envelope | None


class Waiting(Told, frozen=True):
    filings: list[Envelope]
    organisations: list[Envelope]
    authority: AuthorityIdentity
