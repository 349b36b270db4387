"""What accounts answer over HTTP (API.md, "Accounts")."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

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

Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


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
    """`confirmed`: attested (S3.6); `invited`: by its organisation, and not put beside another (S4.9)."""

    device: DeviceId
    label: str
    created_at: Time
    confirmed: bool
    invited: bool
    signed_in_on: Day | UnsetType = UNSET
    revoked_at: Time | UnsetType = UNSET


class OwnDevices(Told, frozen=True):
    devices: list[OwnDevice]


class LinkOffered(Told, frozen=True):
    expires_at: Time


class AskingDevice(Told, frozen=True):
    device: DeviceId
    device_key: Bytes32
    label: str
    proof: Bytes32


class DeviceLink(Told, frozen=True):
    token_hash: Bytes32
    expires_at: Time
    state: Literal["open", "asked", "met", "added"]
    asking: AskingDevice | UnsetType = UNSET


class OwnLink(Told, frozen=True):
    link: DeviceLink | None


class LinkShown(Told, frozen=True):
    """Whose link it is; the link itself pins all but the names (S4.9)."""

    person: PersonId
    display_name: str
    organisation: OrganisationId
    organisation_name: str
    organisation_key: Bytes32
    identity_key: Bytes32
    commitment: Bytes32
    expires_at: Time


class LinkState(Told, frozen=True):
    state: Literal["asked", "met", "added", "ended"]
    expires_at: Time
    opened: Bytes32 | UnsetType = UNSET
