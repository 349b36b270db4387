"""Who may be seen from an organisation: people attested by it, or by one that it knows (SPEC S3.7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, or_, select, tuple_

from ..clock import Clock
from ..database import Transaction
from . import store
from .records import attestation_record
from .signed import handed_on
from .tables import (
    attestations,
    attested_teams,
    former_identities,
    known_organisations,
    known_teams,
    organisations,
    people,
)

MOST = 20
PAGE = 150
"""Of people of a name, of whom it is then asked who attests them."""
_known = select(known_organisations.c.organisation, known_organisations.c.name).where(
    known_organisations.c.knower == bindparam("knower")
)


def _like(named: Table) -> ColumnElement[bool]:
    return named.c.folded_name.like(bindparam("pattern"), escape="\\")


_in_order = (people.c.folded_name, people.c.person)
_attested = (
    select(
        people.c.person,
        people.c.display_name,
        people.c.folded_name,
        people.c.organisation.label("home"),
        attestations.c.organisation,
        attestations.c.payload,
    )
    .join(attestations, attestations.c.person == people.c.person)
    .where(attestations.c.valid_from <= bindparam("now"), attestations.c.valid_until > bindparam("now"))
    .order_by(*_in_order)
)
"""Of people, what stands now."""
_of_these = _attested.where(attestations.c.person.in_(bindparam("people", expanding=True)))
_named = (
    select(people.c.person, people.c.folded_name)
    .where(_like(people), tuple_(*_in_order) > tuple_(bindparam("name"), bindparam("person")))
    .order_by(*_in_order)
    .limit(PAGE)
)
"""(person, folded_name) of those of that name who follow this one."""
_called = select(known_organisations.c.organisation).where(
    known_organisations.c.knower == bindparam("knower"), _like(known_organisations)
)
_in_team = (
    select(attested_teams.c.organisation, attested_teams.c.person)
    .join(
        known_teams,
        and_(known_teams.c.organisation == attested_teams.c.organisation, known_teams.c.team == attested_teams.c.team),
    )
    .where(known_teams.c.knower == bindparam("knower"), _like(known_teams))
)
_by_place = _attested.where(
    or_(
        attestations.c.organisation.in_(_called),
        tuple_(attestations.c.organisation, attestations.c.person).in_(_in_team),
    )
).limit(2 * MOST)
"""Whom organisations attest that are called so, or as of a team that is."""


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
        """People attested now whose folded name, team or organisation is LIKE `pattern`; at most 20.

        Names of people are looked through by themselves: to look through all that is attested of them takes ten times
        as long, and is done only of the organisations and teams that are called so.
        """
        names = await self.known_to(tx, knower)
        matched = [
            *await self._by_name(tx, names, pattern),
            *await tx.all(_by_place, {"knower": knower, "pattern": pattern, "now": self.clock.now()}),
        ]
        rows = sorted({(row.folded_name, row.person, row.organisation): row for row in matched}.items())[: 2 * MOST]
        found: dict[str, ListedPerson] = {}
        for _, row in sorted(rows, key=lambda each: each[1].organisation != each[1].home):
            found.setdefault(row.person, _listed(row, names[row.organisation]))
        return sorted(found.values(), key=lambda person: (person.display_name, person.person))[:MOST]

    async def _by_name(self, tx: Transaction, known: Collection[str], pattern: str) -> list[Any]:
        """The first of that name whom one of these organisations attests; enough of them, if there are."""
        found: list[Any] = []
        last: tuple[str, str] | None = ("", "")
        while last is not None and len(found) < 2 * MOST:
            page = await tx.all(_named, {"pattern": pattern, "name": last[0], "person": last[1]})
            attested = {"now": self.clock.now(), "people": [row.person for row in page]}
            found += [row for row in await tx.all(_of_these, attested) if row.organisation in known]
            last = (page[-1].folded_name, page[-1].person) if len(page) == PAGE else None
        return found

    async def visible(self, tx: Transaction, knower: str, identifiers: Collection[str]) -> list[Any]:
        """Rows (person, envelope): these people's standing attestations by organisations known."""
        return await _said_to(tx, knower, attestations, identifiers)

    async def former(self, tx: Transaction, knower: str, identifiers: Collection[str]) -> list[Any]:
        """Rows (person, envelope): the last attestation of each identity key of these people that was replaced."""
        return await _said_to(tx, knower, former_identities, identifiers)

    async def attested_now(self, tx: Transaction, knower: str, person: str) -> bool:
        """Whether an organisation that `knower` knows attests this person at this moment."""
        held = await tx.all(_of_these, {"people": [person], "now": self.clock.now()})
        known = await self.known_to(tx, knower)
        return any(row.organisation in known for row in held)

    async def known_to(self, tx: Transaction, knower: str) -> dict[str, str]:
        """The organisations whose attestations count for `knower`, its own and those it says it knows, with names."""
        return {row.organisation: row.name for row in await tx.all(_known, {"knower": knower})}

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


async def _said_to(tx: Transaction, knower: str, said: Table, people: Collection[str]) -> list[Any]:
    """What organisations that `knower` knows say of these people."""
    known = and_(known_organisations.c.organisation == said.c.organisation, known_organisations.c.knower == knower)
    query = select(said.c.person, said.c.envelope).join(known_organisations, known)
    return await tx.all_in(query.order_by(said.c.organisation), said.c.person, people)


def _listed(row: Any, organisation_name: str) -> ListedPerson:
    said = attestation_record(row)
    roles, teams = list(said.roles), list(said.teams)
    return ListedPerson(row.person, row.display_name, row.organisation, organisation_name, roles, teams)
