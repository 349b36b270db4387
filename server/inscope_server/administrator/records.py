"""What an organisation's administrator keeps, on a machine of their own and never on the server."""

from __future__ import annotations

import msgspec

from inscope_protocol.types import KnownOrganisation, NamedRole, NamedTeam, Registration


class OrganisationFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`<organisation>.key.json`. `seed` is the private Ed25519 key, base64url; `known`: the other organisations."""

    organisation: str
    name: str
    origin: str
    seed: str
    serial: int = 0
    gateway_serial: int = 0
    teams: list[NamedTeam] = []
    roles: list[NamedRole] = []
    known: list[KnownOrganisation] = []


class OpenInvitation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`secret` is what the printed link holds; kept until the invited person's device has proved that it knows it."""

    token_hash: str
    secret: str
    valid_until: int


class ConfirmedDevice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A device whose owner proved that they were the invited person."""

    device: str
    confirmed_at: int


class PersonFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One person: what their next attestation says. `identity_key` is null until their first device is confirmed;
    `attested_until`: of the newest attestation.
    """

    display_name: str
    roles: list[str]
    teams: list[str]
    registration: Registration | None = None
    serial: int = 0
    identity_key: str | None = None
    attested_until: int | None = None
    devices: list[ConfirmedDevice] = []
    invitations: list[OpenInvitation] = []


class PeopleFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`<organisation>.people.json`, by person id."""

    people: dict[str, PersonFile] = {}
