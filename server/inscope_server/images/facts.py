"""What a decision rests on, loaded once for many decisions of one transaction (SPEC S5.4, inputs)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inscope_protocol.decision import Reason
from inscope_protocol.filing import decide_filing
from inscope_protocol.types import ImageDescriptor, Recipient, Scope, Thread

from ..accounts.service import Accounts
from ..consent.service import Consents
from ..database import Transaction
from ..threads.service import Threads
from . import rules
from .retention import Retention


class Facts:
    """Make one after the locks are held, and use it within the transaction only: it remembers what it has read.

    `seen_from`: the organisation whose member asks to share. Who only organisations that it does not know attest is to
    it like one whom nobody attests (S3.7). None where what was shared before is decided again.
    """

    def __init__(
        self,
        tx: Transaction,
        accounts: Accounts,
        threads: Threads,
        consents: Consents,
        retention: Retention,
        now: int,
        seen_from: str | None,
    ) -> None:
        self.tx, self.accounts, self.threads, self.consents, self.now = tx, accounts, threads, consents, now
        self.retention, self.seen_from = retention, seen_from
        self._recipients: dict[str, Recipient] = {}
        self._threads: dict[str, Thread] = {}
        self._people: dict[str, list[str]] = {}
        self._scopes: dict[str, Scope | None] = {}

    async def recipients(self, people: Sequence[str]) -> list[Recipient]:
        """People with their verified, standing attestations."""
        missing = [person for person in people if person not in self._recipients]
        if missing:
            held = await self.accounts.attestations_of(self.tx, missing, seen_from=self.seen_from)
            for person in missing:
                self._recipients[person] = Recipient(person, tuple(held[person]))
        return [self._recipients[person] for person in people]

    async def thread(self, thread: str) -> Thread:
        if thread not in self._threads:
            row = await self.threads.load(self.tx, thread)
            self._threads[thread] = Thread(row.thread, row.kind, row.purpose)
        return self._threads[thread]

    async def people(self, thread: str) -> list[str]:
        """Everyone with a device in the thread's roster."""
        if thread not in self._people:
            self._people[thread] = await self.threads.people(self.tx, thread)
        return self._people[thread]

    async def scope(self, consent: str) -> Scope | None:
        """The newest version's scope."""
        if consent not in self._scopes:
            standing = await self.consents.standing(self.tx, consent)
            self._scopes[consent] = None if standing is None else standing.scope
        return self._scopes[consent]

    def suppose(self, scope: Scope) -> None:
        """Decides from now on as if this were the newest version of its consent."""
        self._scopes[scope.consent] = scope

    async def reasons(self, row: Any, people: Sequence[str]) -> list[Reason]:
        """Decides one disclosure's row for these people, under the newest version of its consent."""
        over = self.retention.is_over(row.organisation, row.attached_at, self.now)
        ended = [Reason("retention_over", None, "none")] if over else []
        return [*await self.decide(row.thread, row.consent, rules.descriptor(row), people), *ended]

    async def filing_reasons(self, row: Any, person: str, organisation: str) -> list[Reason]:
        """S12.3, for a live disclosure that this person would file in the record of an organisation."""
        scopes = await self.consents.scopes(self.tx, row.consent)
        scope, recorder = await self.scope(row.consent), scopes[0].recorder if scopes else person
        filer, first = await self.recipients([person, recorder or person])
        policy, thread = self.consents.policy_of(scope), await self.thread(row.thread)
        image = rules.descriptor(row)
        return list(decide_filing(scope, policy, thread, filer, first, organisation, image, self.now).reasons)

    async def decide(self, thread: str, consent: str, image: ImageDescriptor, people: Sequence[str]) -> list[Reason]:
        recipients, scope = await self.recipients(people), await self.scope(consent)
        policy = self.consents.policy_of(scope)
        return rules.reasons_against(scope, policy, await self.thread(thread), recipients, image, self.now)
