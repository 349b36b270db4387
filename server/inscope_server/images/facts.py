"""What a decision rests on, loaded once for many decisions of one transaction (SPEC S5.4, inputs)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from inscope_protocol.decision import Reason
from inscope_protocol.filing import decide_filing
from inscope_protocol.types import Attestation, ImageDescriptor, Recipient, Scope, Thread

from ..accounts.service import Accounts
from ..consent.records import Standing
from ..consent.service import Consents
from ..database import Transaction
from ..threads.gate import Member
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
        self._attestations: dict[str, list[Attestation]] = {}
        self._recipients: dict[str, Recipient] = {}
        self._threads: dict[str, Thread] = {}
        self._members: dict[str, list[Member]] = {}
        self._standing: dict[str, Standing | None] = {}
        self._supposed: dict[str, Scope] = {}

    async def recipients(self, people: Sequence[str]) -> list[Recipient]:
        """People with those of their verified, standing attestations that count here."""
        missing = [person for person in people if person not in self._recipients]
        if missing:
            held, counts = await self.attestations(missing), await self._counting()
            for person in missing:
                self._recipients[person] = Recipient(person, tuple(filter(counts, held[person])))
        return [self._recipients[person] for person in people]

    async def attestations(self, people: Collection[str]) -> Mapping[str, Sequence[Attestation]]:
        """The standing attestations of these people at least, whoever made them."""
        missing = [person for person in people if person not in self._attestations]
        if missing:
            self._attestations |= await self.accounts.attestations_of(self.tx, missing)
        return self._attestations

    async def _counting(self) -> Callable[[Attestation], bool]:
        if self.seen_from is None:
            return lambda attestation: True
        known = await self.accounts.listing.known_to(self.tx, self.seen_from)
        return lambda attestation: attestation.organisation in known

    def having(self, row: Any, members: list[Member] | None = None) -> Facts:
        """Itself, with a thread's row and its roster, as whoever held them has read them."""
        self._threads[row.thread] = Thread(row.thread, row.kind, row.purpose)
        if members is not None:
            self._members[row.thread] = members
        return self

    async def thread(self, thread: str) -> Thread:
        if thread not in self._threads:
            self.having(await self.threads.load(self.tx, thread))
        return self._threads[thread]

    async def members(self, thread: str) -> list[Member]:
        """The thread's roster, in leaf order."""
        if thread not in self._members:
            self._members[thread] = await self.threads.members(self.tx, thread)
        return self._members[thread]

    async def people(self, thread: str) -> list[str]:
        """Everyone with a device in the thread's roster, each once."""
        return list(dict.fromkeys(member.person for member in await self.members(thread)))

    async def ended_devices(self, thread: str) -> list[Reason]:
        """Invariant 4: a device in the roster that is revoked or no longer attested stops new images there (S6.7)."""
        members = await self.members(thread)
        held = await self.attestations(await self.people(thread))
        records = await self.accounts.devices(self.tx, [member.device for member in members], held)
        active = {device for device, record in records.items() if record.is_active}
        ended = dict.fromkeys(member.person for member in members if member.device not in active)
        return [Reason("not_attested", person, "renew_device") for person in ended]

    async def standing(self, consent: str) -> Standing | None:
        """The newest version, or None for a consent that never was."""
        if consent not in self._standing:
            self._standing[consent] = await self.consents.standing(self.tx, consent)
        return self._standing[consent]

    async def scope(self, consent: str) -> Scope | None:
        """The newest version's scope, or the one that is supposed."""
        if consent in self._supposed:
            return self._supposed[consent]
        standing = await self.standing(consent)
        return None if standing is None else standing.scope

    def suppose(self, scope: Scope) -> None:
        """Decides from now on as if this were the newest version of its consent."""
        self._supposed[scope.consent] = scope

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
