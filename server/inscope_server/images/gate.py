"""The gate: every place where an image's reach could grow or must shrink is decided here, inside its transaction.

Locks are taken in one order everywhere: consents, people, threads, disclosures. Who changes a consent or an
attestation holds it alone; who rests a decision on it holds it shared. So attach, add, withdraw and role changes
happen in some order, never at once (invariant 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inscope_protocol.decision import Reason
from inscope_protocol.statements import Envelope, verify
from inscope_protocol.types import DisclosureStatement, decode_payload

from ..accounts.service import Accounts
from ..audit.service import Audit, Happening
from ..caller import Caller
from ..clock import Clock
from ..consent.service import Consents
from ..database import Database, Transaction
from ..errors import Refusal
from ..threads.gate import GateRefusal
from ..threads.service import Threads
from . import rules, store
from .blobs import PART_SIZE
from .facts import Facts


class ImageGate:
    """Implements threads.gate.Gate, and listens to changes of consents and of people."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Accounts,
        threads: Threads,
        consents: Consents,
        audit: Audit,
    ) -> None:
        self.database, self.clock, self.accounts = database, clock, accounts
        self.threads, self.consents, self.audit = threads, consents, audit

    def facts(self, tx: Transaction) -> Facts:
        """What decisions in this transaction rest on; take it after the locks."""
        return Facts(tx, self.accounts, self.threads, self.consents, self.clock.now())

    # Adding people

    async def before_add(self, tx: Transaction, caller: Caller, thread: str, newcomers: list[str]) -> None:
        live = await store.of_thread(tx, thread, store.SHARED)
        await self.consents.lock(tx, [row.consent for row in live])
        everybody = [*await self.threads.people(tx, thread), *newcomers]
        await self.accounts.attestations_of(tx, everybody, lock=True)

    async def decide_add(self, tx: Transaction, caller: Caller, thread: str, newcomers: list[str]) -> None:
        """Refuses while a live image does not cover the newcomers."""
        facts = self.facts(tx)
        present = await facts.people(thread)
        fresh = [person for person in dict.fromkeys(newcomers) if person not in present]
        denials: list[tuple[Any, list[Reason]]] = []
        rows = await store.of_thread(tx, thread, store.SHARED)
        # An image attached between our first look and the thread's lock may have brought a consent not held yet.
        await self.consents.lock(tx, [row.consent for row in rows])
        for row in rows:
            if await facts.reasons(row, present):
                continue  # The sweeper or the change that caused it closes this one; it covers nobody meanwhile.
            reasons = await facts.reasons(row, [*present, *fresh])
            if reasons:
                denials.append((row, reasons))
        if denials:
            data = [item for row, reasons in denials for item in rules.as_data(reasons, row.image)]
            logged = [self.denied("add", caller, row, reasons) for row, reasons in denials]
            raise GateRefusal(Refusal("members_not_covered", reasons=data), logged)

    async def denials_of_add(self, tx: Transaction, thread: str, newcomers: list[str]) -> list[dict[str, Any]]:
        """What an add would meet; nothing changes."""
        facts = self.facts(tx)
        people = list(dict.fromkeys([*await facts.people(thread), *newcomers]))
        rows = await store.of_thread(tx, thread, store.SHARED)
        decided = [(row, await facts.reasons(row, people)) for row in rows]
        keys = ("disclosure", "image", "consent")
        return [
            {**{key: getattr(row, key) for key in keys}, "reasons": rules.as_data(reasons)}
            for row, reasons in decided
            if reasons
        ]

    # Attaching

    async def before_attach(self, tx: Transaction, thread: str, people: list[str], statements: list[Any]) -> None:
        await self.consents.lock(tx, [_cited(statement) for statement in statements])
        await self.accounts.attestations_of(tx, people, lock=True)

    async def attach(
        self, tx: Transaction, caller: Caller, thread: str, message: str, epoch: int, statements: list[Any]
    ) -> None:
        """S7.7, for each statement; one failure fails the message."""
        facts = self.facts(tx)
        device = await self.accounts.device(tx, caller.device)
        if device is None or not device.is_active:
            raise Refusal("not_attested")
        seen: set[str] = set()
        for envelope in statements:
            statement = verify(envelope, "disclosure", caller.device, device.device_key)
            if not isinstance(statement, DisclosureStatement) or statement.disclosure in seen:
                raise Refusal("statement_mismatch")
            seen.add(statement.disclosure)
            await self._attach_one(tx, facts, caller, thread, message, epoch, statement)

    async def _attach_one(
        self,
        tx: Transaction,
        facts: Facts,
        caller: Caller,
        thread: str,
        message: str,
        epoch: int,
        statement: DisclosureStatement,
    ) -> None:
        row = await store.load(tx, statement.disclosure, lock=True)
        if row is None or row.thread != thread or row.device != caller.device:
            raise Refusal("not_found")
        if row.code == "consent_superseded":
            await self._decide_attach(facts, caller, row)
        if row.state != "pending" or row.lapses_at <= self.clock.now() or row.epoch != epoch:
            raise Refusal("disclosure_lapsed")
        purpose = (await facts.thread(thread)).purpose
        uploaded = await store.parts_of(tx, row.blob)
        rules.check_statement(statement, row, purpose, message, epoch, uploaded, PART_SIZE)
        await self._decide_attach(facts, caller, row)
        await store.make_live(tx, row.disclosure, message)
        await self.audit.record(tx, self.happening("attach", "permit", caller, row, []))

    async def _decide_attach(self, facts: Facts, caller: Caller, row: Any) -> None:
        scope = await facts.scope(row.consent)
        if scope is not None and scope.version != row.version:
            denied = [Reason("consent_superseded", None, "use_current_version")]
            refusal = Refusal("consent_superseded", reasons=rules.as_data(denied, row.image))
            raise GateRefusal(refusal, [self.denied("attach", caller, row, denied)])
        reasons = await facts.reasons(row, await facts.people(row.thread))
        if reasons:
            refusal = Refusal("denied", reasons=rules.as_data(reasons, row.image))
            raise GateRefusal(refusal, [self.denied("attach", caller, row, reasons)])

    # Deciding again

    async def consent_changed(self, tx: Transaction, consent: str) -> list[str]:
        """Decides again all that rests on a consent whose newest version this transaction has just written."""
        rows = await store.of_consents(tx, [consent], (*store.SHARED, "pending"))
        await self.threads.lock_all(tx, [row.thread for row in rows if row.state != "pending"])
        for row in rows:
            if row.state == "pending":  # Uploads under way stop: their message would cite a version that is past.
                await store.move(tx, row.disclosure, "destroyed", "consent_superseded")
                await store.discard_blob(tx, row.blob)
        closed, facts = [], self.facts(tx)
        for row in await store.of_consents(tx, [consent], store.SHARED):
            closed += await self._decide_again(facts, row, consent_changed=True)
        return closed

    async def person_changed(self, tx: Transaction, person: str) -> list[str]:
        """Decides again all images in the threads of a person whose attestations this transaction has changed."""
        threads = await self.threads.with_person(tx, person)
        rows = await store.of_threads(tx, threads, store.SHARED)
        await self.threads.lock_all(tx, [row.thread for row in rows])
        closed, facts = [], self.facts(tx)
        for row in await store.of_threads(tx, threads, store.SHARED):
            closed += await self._decide_again(facts, row, consent_changed=False)
        return closed

    async def after_remove(self, tx: Transaction, thread: str) -> None:
        facts = self.facts(tx)
        for row in await store.of_thread(tx, thread, ("suspended",)):
            await self._decide_again(facts, row, consent_changed=False)

    async def _decide_again(self, facts: Facts, row: Any, *, consent_changed: bool) -> list[str]:
        reasons = await facts.reasons(row, await facts.people(row.thread))
        state, code = rules.next_state(reasons, consent_changed=consent_changed)
        if state == row.state:
            return []
        await self.close(facts.tx, row, state, code or "permit", reasons)
        return [] if state == "live" else [row.disclosure]

    async def close(self, tx: Transaction, row: Any, state: str, code: str, reasons: Sequence[Reason] = ()) -> None:
        """Moves a shared disclosure to `state`, logs it and leaves a tombstone in the thread (S7.9)."""
        await store.move(tx, row.disclosure, state, code)
        if state == "destroyed":
            await store.discard_blob(tx, row.blob)
        await self.audit.record(tx, self.happening("close", state, None, row, list(reasons)))
        await self.threads.tombstone(tx, row.thread, row.disclosure, row.image, state, code)

    # The log

    async def log_denials(self, denials: list[Any]) -> None:
        for happening in denials:
            await self.audit.record_denial(happening)

    def denied(self, event: Any, caller: Caller, row: Any, reasons: Sequence[Reason]) -> Happening:
        return self.happening(event, "deny", caller, row, list(reasons))

    def happening(self, event: Any, outcome: Any, caller: Caller | None, row: Any, reasons: list[Reason]) -> Happening:
        return Happening(
            event,
            outcome,
            None if caller is None else caller.person,
            None if caller is None else caller.device,
            row.thread,
            row.disclosure,
            row.consent,
            row.version,
            row.image,
            rules.as_data(reasons),
        )


def _cited(envelope: Envelope) -> str:
    """The consent that a statement cites, before its signature is checked: only used to know what to lock."""
    payload = decode_payload("disclosure", envelope.payload_bytes)
    return getattr(payload, "consent", "")
