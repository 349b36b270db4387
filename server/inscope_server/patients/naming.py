"""Names for what identifiers stand for, as a patient reads them: people, teams, roles, organisations, groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import (
    GroupRecipient,
    OrganisationRecipient,
    Organisations,
    PersonRecipient,
    RecipientEntry,
    RecordRecipient,
    RoleRecipient,
    TeamRecipient,
    decode_payload,
)

from ..accounts.service import Accounts
from ..database import Transaction
from ..directory.service import Directory
from ..threads.service import Threads
from .sight import Sight, sight_of

NOBODY_KNOWN = "—"


@dataclass(frozen=True)
class Named:
    """`kind` as in S5.1; `name` of the thing itself, `at` of its organisation, `people` of a group."""

    kind: str
    name: str
    at: str = ""
    people: tuple[str, ...] = ()


@dataclass
class Book:
    """What one organisation's own statement says of itself and those it knows."""

    organisations: dict[str, str] = field(default_factory=dict)
    teams: dict[tuple[str, str], str] = field(default_factory=dict)
    roles: dict[tuple[str, str], str] = field(default_factory=dict)


class Naming:
    def __init__(self, accounts: Accounts, directory: Directory, threads: Threads) -> None:
        self.accounts, self.directory, self.threads = accounts, directory, threads

    async def _book(self, tx: Transaction, organisation: str) -> Book:
        book = Book()
        for envelope in await self.accounts.listing.organisation_statements(tx, organisation):
            said = decode_payload("organisations", parse_envelope(envelope).payload_bytes)
            if isinstance(said, Organisations) and said.organisation == organisation:
                for known in said.organisations:
                    book.organisations[known.organisation] = known.name
                    book.teams |= {(known.organisation, team.team): team.name for team in known.teams}
                    book.roles |= {(known.organisation, role.role): role.name for role in known.roles}
        return book

    async def people(self, tx: Transaction, people: Iterable[str]) -> dict[str, Named]:
        """Whoever they are: for a patient's right to know who sees and who has opened their pictures."""
        wanted = sorted(set(people))
        found = await self.directory.people_named(tx, wanted)
        return {
            person: Named("person", found[person].display_name, found[person].organisation_name)
            if person in found
            else Named("person", NOBODY_KNOWN)
            for person in wanted
        }

    async def organisations(self, tx: Transaction, organisations: Iterable[str]) -> dict[str, str]:
        """Whichever they are: for a patient's right to know whose record holds their pictures."""
        wanted = sorted(set(organisations))
        found = await self.accounts.listing.organisations_named(tx, wanted)
        return {one: found.get(one, NOBODY_KNOWN) for one in wanted}

    async def sight(
        self, tx: Transaction, person: str | None, organisation: str, entries: Sequence[RecipientEntry]
    ) -> Sight:
        return await sight_of(tx, self.accounts, self.threads, person, organisation, entries)

    async def recipients(self, tx: Transaction, sight: Sight, entries: Sequence[RecipientEntry]) -> list[Named]:
        """In the order of the entries, which `sight` is of; what lies outside it has no name."""
        book = await self._book(tx, sight.organisation)
        people = await self.people(tx, sight.people)
        return [_named(one, book, people, sight.groups) for one in entries]


def _named(entry: RecipientEntry, book: Book, people: dict[str, Named], groups: dict[str, list[str]]) -> Named:
    nobody = Named("person", NOBODY_KNOWN)
    match entry:
        case PersonRecipient():
            return people.get(entry.person, nobody)
        case TeamRecipient():
            at = book.organisations.get(entry.organisation, NOBODY_KNOWN)
            return Named("team", book.teams.get((entry.organisation, entry.team), NOBODY_KNOWN), at)
        case OrganisationRecipient():
            return Named("organisation", book.organisations.get(entry.organisation, NOBODY_KNOWN))
        case RecordRecipient():
            return Named("record", book.organisations.get(entry.organisation, NOBODY_KNOWN))
        case RoleRecipient():
            at = book.organisations.get(entry.organisation, NOBODY_KNOWN)
            return Named("role", book.roles.get((entry.organisation, entry.role), entry.role.replace("-", " ")), at)
        case GroupRecipient():
            members = groups.get(entry.thread, [NOBODY_KNOWN])
            return Named("group", "", "", tuple(people.get(one, nobody).name for one in members))
