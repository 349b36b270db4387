"""What reviews answer over HTTP (API.md, "Reviews")."""

from __future__ import annotations

from inscope_protocol.types import (
    Basis,
    Conditions,
    ConsentDecision,
    ConsentId,
    Counting,
    Natural,
    OrganisationId,
    PersonId,
    Purpose,
    RecipientEntry,
    ThreadKind,
    ThreadPurpose,
    Time,
)

from ..web.described import Told
from .rules import Outcome


class Found(Told, frozen=True):
    person: PersonId
    at: Time
    outcome: Outcome


class Reviewed(Told, frozen=True):
    review: Found


class Place(Told, frozen=True):
    kind: ThreadKind
    purpose: ThreadPurpose


class Settled(Told, frozen=True):
    decision: ConsentDecision
    basis: Basis
    on_page: bool
    at: Time


class Review(Told, frozen=True):
    """An emergency; what the columns mean stands in API.md."""

    consent: ConsentId
    organisation: OrganisationId
    version: Counting
    person: PersonId
    recorded_at: Time
    valid_from: Time
    purposes: list[Purpose]
    recipients: list[RecipientEntry]
    conditions: Conditions
    reason: str | None
    witness: PersonId | None
    ends_at: Time
    ended: bool
    images: Natural
    openings: Natural
    threads: list[Place]
    settled: Settled | None
    review: Found | None


class Page(Told, frozen=True):
    reviews: list[Review]
    next: str | None


class ReviewOf(Found, frozen=True, kw_only=True):
    organisation: OrganisationId
    version: Counting


class Reviews(Told, frozen=True):
    reviews: list[ReviewOf]
