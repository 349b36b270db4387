"""Whose names one clinician may bring onto a patient's page: they can open its link themselves (SPEC S5.10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inscope_protocol.types import GroupRecipient, PersonRecipient, RecipientEntry

from ..accounts.service import Accounts
from ..database import Transaction
from ..threads.service import Threads


@dataclass(frozen=True)
class Sight:
    """What `organisation` knows (S3.7) of some recipients. `groups`: who is in those that the clinician is in too."""

    organisation: str
    organisations: frozenset[str]
    people: frozenset[str]
    groups: dict[str, list[str]]

    def covers(self, entry: RecipientEntry) -> bool:
        match entry:
            case PersonRecipient():
                return entry.person in self.people
            case GroupRecipient():
                return entry.thread in self.groups
            case _:
                return entry.organisation in self.organisations


async def sight_of(
    tx: Transaction,
    accounts: Accounts,
    threads: Threads,
    person: str | None,
    organisation: str,
    entries: Sequence[RecipientEntry],
) -> Sight:
    """`person` None, where it is not known who made a link, is in no thread."""
    rosters = {one.thread: await threads.people(tx, one.thread) for one in entries if isinstance(one, GroupRecipient)}
    groups = {thread: people for thread, people in rosters.items() if person in people}
    named = {one.person for one in entries if isinstance(one, PersonRecipient)}.union(*groups.values())
    visible = await accounts.listing.visible(tx, organisation, named)
    known = await accounts.listing.known_to(tx, organisation)
    return Sight(organisation, frozenset(known), frozenset(row.person for row in visible), groups)
