"""What the directory answers over HTTP (API.md, "Directory")."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from inscope_protocol.statements import Envelope
from inscope_protocol.types import DeviceId, OrganisationId, PersonId, Time

from ..web.described import Told


class FoundPerson(Told, frozen=True):
    """`roles` and `teams`: by their names."""

    person: PersonId
    display_name: str
    organisation: OrganisationId
    organisation_name: str
    roles: list[str]
    teams: list[str]


class FoundPeople(Told, frozen=True):
    people: list[FoundPerson]


class StatedDevice(Told, frozen=True):
    device: Envelope
    revoked_at: Time | UnsetType = UNSET


class StatedPerson(Told, frozen=True):
    person: PersonId
    attestations: list[Envelope]
    devices: list[StatedDevice]


class Statements(Told, frozen=True):
    people: list[StatedPerson]
    organisations: list[Envelope]


class Available(Told, frozen=True):
    available: int


class ClaimedPackage(Told, frozen=True):
    person: PersonId
    device: DeviceId
    key_package: str


class Claimed(Told, frozen=True):
    key_packages: list[ClaimedPackage]
    missing: list[PersonId]
