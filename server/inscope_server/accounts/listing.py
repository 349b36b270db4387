"""Who may be seen from an organisation: people attested by it, or by one that it knows (SPEC S3.7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select

from ..clock import Clock
from ..database import Transaction
from . import store
from .records import attestation_record
from .signed import handed_on
from .tables import attestations, attested_teams, known_organisations, known_teams, organisations, people

MOST = 20
_known_to = select(known_organisations.c.organisation).where(known_organisations.c.knower == bindparam("knower"))


@dataclass(frozen=True)
class ListedPerson:
    """As a directory shows them: by the attestation of one organisation."""

    person: str
    display_name: str
    organisation: str
    organisation_name: str
    roles: list[str]
    teams: list[str]


@dataclass(frozen=True)
class PersonName:
    display_name: str
    organisation: str
    organisation_name: str


class Listing:
    """Questions about people, always as seen from one organisation, `knower`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    async def search(self, tx: Transaction, knower: str, pattern: str) -> list[ListedPerson]:
        """People attested now whose folded name, team or organisation is LIKE `pattern`; at most 20."""
        rows = await tx.all(_search(knower, pattern, self.clock.now()).limit(2 * MOST))
        rows.sort(key=lambda row: row.organisation != row.home)
        found: dict[str, ListedPerson] = {}
        for row in rows:
            found.setdefault(row.person, _listed(row))
        return sorted(found.values(), key=lambda person: (person.display_name, person.person))[:MOST]

    async def visible(self, tx: Transaction, knower: str, identifiers: Collection[str]) -> list[Any]:
        """Rows (person, envelope): these people's standing attestations by organisations known."""
        query = select(attestations.c.person, attestations.c.envelope).join(known_organisations, _knows(knower))
        return await tx.all_in(query.order_by(attestations.c.organisation), attestations.c.person, identifiers)

    async def known_to(self, tx: Transaction, knower: str) -> set[str]:
        """The organisations whose attestations count for `knower`: its own, and those it says it knows."""
        return {row.organisation for row in await tx.all(_known_to, {"knower": knower})}

    async def organisation_statements(self, tx: Transaction, knower: str) -> list[Any]:
        """The list of organisations that `knower` signed, if any: the only source of others' keys."""
        row = await store.organisation_statement(tx, knower)
        return [] if row is None else [handed_on(row.envelope)]

    async def people_named(self, tx: Transaction, identifiers: Collection[str]) -> dict[str, PersonName]:
        query = select(people.c.person, people.c.display_name, people.c.organisation, organisations.c.name)
        query = query.join(organisations, organisations.c.organisation == people.c.organisation)
        rows = await tx.all_in(query, people.c.person, identifiers)
        return {row.person: PersonName(row.display_name, row.organisation, row.name) for row in rows}

    async def organisations_named(self, tx: Transaction, identifiers: Collection[str]) -> dict[str, str]:
        query = select(organisations.c.organisation, organisations.c.name)
        rows = await tx.all_in(query, organisations.c.organisation, identifiers)
        return {row.organisation: row.name for row in rows}


def _knows(knower: str) -> ColumnElement[bool]:
    return and_(
        known_organisations.c.organisation == attestations.c.organisation,
        known_organisations.c.knower == knower,
    )


def _search(knower: str, pattern: str, now: int) -> Any:
    team = exists().where(
        attested_teams.c.person == attestations.c.person,
        attested_teams.c.organisation == attestations.c.organisation,
        known_teams.c.knower == knower,
        known_teams.c.organisation == attested_teams.c.organisation,
        known_teams.c.team == attested_teams.c.team,
        known_teams.c.folded_name.like(pattern, escape="\\"),
    )
    person, place = people.c.folded_name, known_organisations.c.folded_name
    matches = or_(person.like(pattern, escape="\\"), place.like(pattern, escape="\\"), team)
    columns = (people.c.person, people.c.display_name, people.c.organisation.label("home"))
    return (
        select(*columns, attestations.c.organisation, attestations.c.payload, known_organisations.c.name)
        .join(attestations, attestations.c.person == people.c.person)
        .join(known_organisations, _knows(knower))
        .where(attestations.c.valid_from <= now, attestations.c.valid_until > now, matches)
        .order_by(people.c.folded_name, people.c.person)
    )


def _listed(row: Any) -> ListedPerson:
    said = attestation_record(row)
    return ListedPerson(row.person, row.display_name, row.organisation, row.name, list(said.roles), list(said.teams))
