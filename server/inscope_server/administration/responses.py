"""What administration answers over HTTP (API.md, "Administration")."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from inscope_protocol.types import (
    Counting,
    DeviceId,
    Natural,
    OrganisationId,
    PersonId,
    Role,
    TeamId,
    ThreadKind,
    ThreadPurpose,
    Time,
)

from ..web.described import Told
from .rules import Standing

Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Attempt = Literal["ask", "attach", "open", "add", "file"]


class Overview(Told, frozen=True):
    """How many people the organisation has, and of whom something needs doing."""

    organisation: OrganisationId
    people: Natural
    waiting: Natural
    soon: Natural
    over: Natural
    without_device: Natural


class Attested(Told, frozen=True):
    serial: Counting
    valid_from: Time
    valid_until: Time


class StaffMember(Told, frozen=True):
    """One of the organisation's own people; what the columns mean stands in API.md."""

    person: PersonId
    display_name: str
    roles: list[Role]
    teams: list[TeamId]
    standing: Standing
    attestation: Attested | None
    waiting: bool
    has_device: bool


class Staff(Told, frozen=True):
    people: list[StaffMember]
    next: str | None


class StaffDevice(Told, frozen=True):
    device: DeviceId
    label: str
    created_at: Time
    confirmed: bool
    invited: bool
    signed_in_on: Day | None
    revoked_at: Time | None


class StaffMemberDevices(Told, frozen=True):
    person: StaffMember
    devices: list[StaffDevice]


class Denied(Told, frozen=True):
    person: PersonId
    display_name: str
    at: Time
    attempt: Attempt
    kind: ThreadKind | None
    purpose: ThreadPurpose | None
    codes: list[str]


class Denials(Told, frozen=True):
    denials: list[Denied]
    next: str | None


class DayOfDenials(Told, frozen=True):
    day: Day
    denials: Natural
    codes: dict[str, Natural]


class DenialDays(Told, frozen=True):
    days: list[DayOfDenials]
