"""What accounts answer over HTTP (API.md, "Accounts")."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from inscope_protocol.statements import Envelope
from inscope_protocol.types import (
    AuthorityId,
    Bytes32,
    DeviceId,
    LogId,
    Nonce,
    OrganisationId,
    PersonId,
    PolicyName,
    Time,
)

from ..web.described import Told


class Invited(Told, frozen=True):
    person: PersonId


class Invitee(Told, frozen=True):
    person: PersonId
    display_name: str
    organisation: OrganisationId
    organisation_name: str
    organisation_key: Bytes32


class Enrolment(Told, frozen=True):
    person: PersonId
    token_hash: Bytes32
    device: Envelope
    proof: Bytes32


class Pending(Told, frozen=True):
    enrolments: list[Enrolment]


class Drawn(Told, frozen=True):
    nonce: Nonce


class LogIdentity(Told, frozen=True):
    log: LogId
    key: Bytes32


class AuthorityIdentity(Told, frozen=True):
    authority: AuthorityId
    key: Bytes32


class Session(Told, frozen=True):
    person: PersonId
    device: DeviceId
    display_name: str
    organisation: OrganisationId
    csrf: str
    attested: bool
    expires_at: Time
    server_time: Time
    suite: int
    policy: PolicyName
    demo: bool
    log: LogIdentity
    authority: AuthorityIdentity


class SignedIn(Told, frozen=True):
    session: Session


class OwnAttestations(Told, frozen=True):
    attestations: list[Envelope]


class OwnDevice(Told, frozen=True):
    device: DeviceId
    label: str
    created_at: Time
    revoked_at: Time | UnsetType = UNSET


class OwnDevices(Told, frozen=True):
    devices: list[OwnDevice]
