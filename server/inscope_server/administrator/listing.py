"""What an administrator's folder says of people, devices and organisations, as rows: pure."""

from __future__ import annotations

from msgspec import Struct

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.enrolment import key_fingerprint
from inscope_protocol.types import KnownOrganisation

from ..clock import day_of
from .records import OrganisationFile, PeopleFile, PersonFile

DAY = 86_400_000
SOON_DAYS = 30


class ListedPerson(Struct, frozen=True):
    """Instants are milliseconds since 1970. `attested_until`: none before the first device is confirmed.

    `invited_until`: of the newest link that nobody has used yet.
    """

    person: str
    name: str
    roles: list[str]
    teams: list[str]
    attested_until: int | None
    devices: int
    invited_until: int | None


class ListedDevice(Struct, frozen=True):
    """As it was confirmed from this folder. Whether its owner has revoked it since, their other devices know."""

    device: str
    person: str
    name: str
    confirmed_at: int


class ListedOrganisation(Struct, frozen=True):
    """`fingerprint`: to be compared over another line before the card is trusted."""

    organisation: str
    name: str
    fingerprint: str
    roles: list[str]
    teams: list[str]


class ListedEnrolment(Struct, frozen=True):
    """A device that waits. `refused`: why it would not be confirmed; empty where it would."""

    person: str
    name: str
    refused: str


def people_of(organisation: OrganisationFile, people: PeopleFile) -> list[ListedPerson]:
    """By name."""
    teams = {team.team: team.name for team in organisation.teams}
    listed = [_person(identifier, record, teams) for identifier, record in people.people.items()]
    return sorted(listed, key=lambda one: (one.name.casefold(), one.person))


def _person(identifier: str, record: PersonFile, teams: dict[str, str]) -> ListedPerson:
    invited = max((invitation.valid_until for invitation in record.invitations), default=None)
    return ListedPerson(
        identifier, record.display_name, record.roles, [teams.get(team, team) for team in record.teams],
        record.attested_until, len(record.devices), invited,
    )  # fmt: skip


def devices_of(people: PeopleFile) -> list[ListedDevice]:
    """The newest first."""
    listed = [
        ListedDevice(device.device, identifier, record.display_name, device.confirmed_at)
        for identifier, record in people.people.items() for device in record.devices
    ]  # fmt: skip
    return sorted(listed, key=lambda one: (-one.confirmed_at, one.device))


def organisations_of(own: KnownOrganisation, known: list[KnownOrganisation]) -> list[ListedOrganisation]:
    """The own one first, then by name."""
    return [_organisation(one) for one in (own, *sorted(known, key=lambda one: one.name.casefold()))]


def _organisation(card: KnownOrganisation) -> ListedOrganisation:
    fingerprint = encode_base64url(key_fingerprint(decode_base64url(card.key)))
    roles, teams = [role.name for role in card.roles], [team.name for team in card.teams]
    return ListedOrganisation(card.organisation, card.name, fingerprint, roles, teams)


def until(instant: int | None, now: int) -> str:
    """In words, in days of UTC: what is over, and what is over soon."""
    if instant is None:
        return ""
    day, left = day_of(instant, "UTC"), (instant - now) // DAY
    if instant <= now:
        return f"over since {day}"
    return f"{day} (in {left} days)" if left < SOON_DAYS else day
