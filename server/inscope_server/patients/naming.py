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

    async def book(self, tx: Transaction, organisation: str) -> Book:
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
        wanted = sorted(set(people))
        found = await self.directory.people_named(tx, wanted)
        return {
            person: Named("person", found[person].display_name, found[person].organisation_name)
            if person in found
            else Named("person", "—")
            for person in wanted
        }

    async def recipients(self, tx: Transaction, book: Book, entries: Sequence[RecipientEntry]) -> list[Named]:
        """In the order of the entries."""
        named = [one.thread for one in entries if isinstance(one, GroupRecipient)]
        groups = {thread: await self.threads.people(tx, thread) for thread in named}
        mentioned = {one.person for one in entries if isinstance(one, PersonRecipient)}
        people = await self.people(tx, mentioned.union(*groups.values()))
        return [_named(one, book, people, groups) for one in entries]


def _named(entry: RecipientEntry, book: Book, people: dict[str, Named], groups: dict[str, list[str]]) -> Named:
    match entry:
        case PersonRecipient():
            return people[entry.person]
        case TeamRecipient():
            at = book.organisations.get(entry.organisation, "—")
            return Named("team", book.teams.get((entry.organisation, entry.team), "—"), at)
        case OrganisationRecipient():
            return Named("organisation", book.organisations.get(entry.organisation, "—"))
        case RecordRecipient():
            return Named("record", book.organisations.get(entry.organisation, "—"))
        case RoleRecipient():
            at = book.organisations.get(entry.organisation, "—")
            return Named("role", book.roles.get((entry.organisation, entry.role), entry.role.replace("-", " ")), at)
        case GroupRecipient():
            return Named("group", "", "", tuple(people[one].name for one in groups[entry.thread]))
