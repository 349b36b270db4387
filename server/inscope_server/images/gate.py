"""The gate: every place where an image's reach could grow or must shrink is decided here, inside its transaction.

Locks are taken in one order everywhere: consents, people, threads, disclosures, the log's head. Who changes a consent
or an attestation holds it alone; who rests a decision on it holds it shared. So attach, add, withdraw and role changes
happen in some order, never at once (invariant 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inscope_protocol.decision import Reason
from inscope_protocol.statements import Envelope, verify
from inscope_protocol.types import DisclosureStatement, decode_payload

from ..accounts.service import Accounts, DeviceRecord
from ..audit.service import Audit, Happening
from ..caller import Caller
from ..clock import Clock
from ..consent.service import Consents
from ..database import BeginAnew, Database, Transaction
from ..errors import Refusal, reasons_as_data
from ..threads.gate import GateRefusal, Member
from ..threads.service import Threads
from . import pieces, rules, store
from .facts import Facts
from .move import Move, alike
from .retention import Retention


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
        retention: Retention,
    ) -> None:
        self.database, self.clock, self.accounts = database, clock, accounts
        self.threads, self.consents, self.audit, self.retention = threads, consents, audit, retention

    def facts(self, tx: Transaction, seen_from: str | None = None) -> Facts:
        """What decisions in this transaction rest on; take it after the locks. `seen_from`: for who shares anew."""
        now = self.clock.now()
        return Facts(tx, self.accounts, self.threads, self.consents, self.retention, now, seen_from)

    # Adding people

    async def before_add(self, tx: Transaction, thread: str, newcomers: list[str]) -> frozenset[str]:
        live = await store.of_thread(tx, thread, store.SHARED)
        held = frozenset(row.consent for row in live)
        await self.consents.lock(tx, held)
        everybody = [*await self.threads.people(tx, thread), *newcomers]
        await self.accounts.hold(tx, everybody)
        return held

    async def decide_add(
        self, tx: Transaction, caller: Caller, thread: str, newcomers: list[str], held: frozenset[str]
    ) -> None:
        """Refuses while an image of the thread does not cover the newcomers."""
        rows = await store.of_thread(tx, thread, store.SHARED)
        if not held.issuperset(row.consent for row in rows):
            raise BeginAnew  # An image attached before we held the thread rests on a consent that we do not hold.
        denials = await self._uncovered(self.facts(tx, caller.organisation), thread, rows, newcomers)
        if denials:
            data = [item for row, reasons in denials for item in reasons_as_data(reasons, row.image)]
            logged = [self.denied("add", caller, row, reasons) for row, reasons in denials]
            raise GateRefusal(Refusal("members_not_covered", reasons=data), logged)

    async def denials_of_add(
        self, tx: Transaction, caller: Caller, thread: str, newcomers: list[str]
    ) -> list[dict[str, Any]]:
        """What an add would meet; nothing changes. Whom the caller cannot see is answered like one who never was."""
        rows = await store.of_thread(tx, thread, store.SHARED)
        denials = await self._uncovered(self.facts(tx, caller.organisation), thread, rows, newcomers)
        keys = ("disclosure", "image", "consent")
        return [
            {**{key: getattr(row, key) for key in keys}, "reasons": reasons_as_data(reasons)}
            for row, reasons in denials
        ]

    async def _uncovered(
        self, facts: Facts, thread: str, rows: Sequence[Any], newcomers: Sequence[str]
    ) -> list[tuple[Any, list[Reason]]]:
        """Images that would not cover some newcomer, whatever else stands against those images for now."""
        present = await facts.people(thread)
        fresh = [person for person in dict.fromkeys(newcomers) if person not in present]
        decided = [(row, await facts.reasons(row, fresh)) for row in rows] if fresh else []
        named = [(row, [reason for reason in reasons if reason.who in fresh]) for row, reasons in decided]
        return [(row, reasons) for row, reasons in named if reasons]

    # Attaching

    async def before_attach(self, tx: Transaction, thread: str, people: list[str], statements: list[Any]) -> None:
        await self.consents.lock(tx, [_cited(statement) for statement in statements])
        await self.accounts.hold(tx, people)

    async def attach(
        self, tx: Transaction, caller: Caller, thread: Any, members: list[Member], message: str, statements: list[Any]
    ) -> None:
        """S7.7, for each statement; one failure fails the message."""
        device, facts = await self.acting(tx, caller), self.facts(tx, caller.organisation).having(thread, members)
        verified: dict[str, DisclosureStatement] = {}
        for envelope in statements:
            statement = verify(envelope, "disclosure", caller.device, device.device_key)
            if not isinstance(statement, DisclosureStatement) or statement.disclosure in verified:
                raise Refusal("statement_mismatch")
            verified[statement.disclosure] = statement
        await store.lock(tx, list(verified))
        if not rules.are_pairs(verified.values(), await store.previews_of(tx, verified)):
            raise Refusal("statement_mismatch", "A picture and its preview are sent in one message.")
        for statement in verified.values():
            await self._attach_one(facts, caller, thread, message, statement)

    async def acting(self, tx: Transaction, caller: Caller, *, alone: bool = False) -> DeviceRecord:
        """The caller's device as it stands in this transaction; raises unless it is attested and not revoked.

        `alone`: one transaction at a time acts for it.
        """
        device = await self.accounts.device(tx, caller.device, lock=alone)
        if device is None or device.revoked_at is not None:
            raise Refusal("device_revoked")
        if not device.is_attested:
            raise Refusal("not_attested")
        return device

    async def _attach_one(
        self, facts: Facts, caller: Caller, thread: Any, message: str, statement: DisclosureStatement
    ) -> None:
        tx, row = facts.tx, await store.load(facts.tx, statement.disclosure)
        if row is None or row.thread != thread.thread or row.device != caller.device:
            raise Refusal("not_found")
        if row.code == "consent_superseded":
            await self._decide_attach(facts, caller, row)
        if row.state != "pending" or row.lapses_at <= self.clock.now() or row.epoch != thread.epoch:
            raise Refusal("disclosure_lapsed")
        upload = await pieces.upload_of(tx, row.blob)
        rules.check_statement(statement, row, thread.purpose, message, thread.epoch, upload, self.clock.now())
        await self._decide_attach(facts, caller, row)
        await store.make_live(tx, row.disclosure, message, caller.organisation, self.clock.now())
        await self.audit.record(tx, self.happening("attach", "permit", caller, row, []))

    async def _decide_attach(self, facts: Facts, caller: Caller, row: Any) -> None:
        scope = await facts.scope(row.consent)
        if scope is not None and scope.version != row.version:
            denied = [Reason("consent_superseded", None, "use_current_version")]
            refusal = Refusal("consent_superseded", reasons=reasons_as_data(denied, row.image))
            raise GateRefusal(refusal, [self.denied("attach", caller, row, denied)])
        reasons = await facts.reasons(row, await facts.people(row.thread))
        reasons = reasons or await facts.ended_devices(row.thread)
        if reasons:
            refusal = Refusal("denied", reasons=reasons_as_data(reasons, row.image))
            raise GateRefusal(refusal, [self.denied("attach", caller, row, reasons)])

    # Deciding again

    async def consent_changed(self, tx: Transaction, consent: str) -> list[str]:
        """Decides again all that rests on a consent which this transaction holds alone."""
        rows = await store.of_consent(tx, consent, store.SHARED)
        await self.threads.lock_all(tx, [row.thread for row in rows])
        rows = await store.of_consent(tx, consent, (*store.SHARED, "pending"), lock=True)
        # Uploads under way stop: their message would cite a version that is past.
        pending = [row.disclosure for row in rows if row.state == "pending"]
        await store.move_all(tx, pending, "destroyed", "consent_superseded")
        shared = [row for row in rows if row.state != "pending"]
        return await self._decide_again(self.facts(tx), shared, consent_changed=True)

    async def person_changed(self, tx: Transaction, person: str) -> list[str]:
        """Decides again all images in the threads of a person whose attestations changed, and tells those threads."""
        threads = await self.threads.with_person(tx, person)
        rows = await store.of_threads(tx, threads, store.SHARED)
        await self.threads.lock_all(tx, [row.thread for row in rows])
        rows = await store.of_threads(tx, threads, store.SHARED, lock=True)
        closed = await self._decide_again(self.facts(tx), rows, consent_changed=False)
        devices = await self.threads.devices_with(tx, person)
        tx.after_commit(lambda: self.threads.delivery.changed(devices, "attestation", person))
        return closed

    async def time_is_over(self, tx: Transaction, disclosure: str) -> None:
        """S12.11: decides one disclosure again whose days may be over."""
        row = await store.load(tx, disclosure)
        await self.threads.lock_all(tx, [row.thread])
        row = await store.load(tx, disclosure, lock=True)
        if row.state in store.SHARED:
            await self._decide_again(self.facts(tx), [row], consent_changed=False)

    async def after_remove(self, tx: Transaction, thread: str) -> None:
        rows = await store.of_thread(tx, thread, ("suspended",), lock=True)
        await self._decide_again(self.facts(tx), rows, consent_changed=False)

    async def _decide_again(self, facts: Facts, rows: Sequence[Any], *, consent_changed: bool) -> list[str]:
        """Which of them are no longer live, and were. Each is decided by itself, and all are written together."""
        moves = []
        for row in rows:
            reasons = await facts.reasons(row, await facts.people(row.thread))
            state, code = rules.next_state(reasons, consent_changed=consent_changed)
            if state != row.state:
                moves.append(Move(row, state, code or "permit", tuple(reasons)))
        await self.close(facts.tx, moves)
        return [move.row.disclosure for move in moves if move.state != "live"]

    async def disclosure(self, tx: Transaction, disclosure: str, *, lock: bool = False) -> Any:
        """The row of a disclosure, or None; with `lock` held until the transaction ends."""
        return await store.load(tx, disclosure, lock=lock)

    async def close_filed(self, tx: Transaction, row: Any, filed: Any) -> None:
        """S12.9: what is in the record goes from the thread, or stays until its time is over (S12.10).

        What is closed already is told of too: that it was filed is news. The caller holds thread and disclosure.
        """
        if row.state == "destroyed" or self.retention.keeps_filed(row.organisation):
            await self.threads.tombstones(tx, [Move(row, row.state, "filed", filed=filed).tombstone])
        else:
            await self.close(tx, [Move(row, "destroyed", "filed", filed=filed)])

    async def close(self, tx: Transaction, moves: Sequence[Move]) -> None:
        """Moves shared pictures, and their previews; one log entry and one tombstone tell of each (S7.9)."""
        for (state, code), some in alike(moves).items():
            await store.move_all(tx, [one.row.disclosure for one in some], state, code)
        told = [self.happening("close", one.state, None, one.row, list(one.reasons)) for one in moves]
        await self.audit.record_all(tx, told)
        await self.threads.tombstones(tx, [one.tombstone for one in moves])

    # After a backup was restored

    async def close_again(self, tx: Transaction, disclosure: str, code: str) -> bool:
        """Destroys what had been destroyed and came back. The log has its entry already; the thread is told anew."""
        row = await store.load(tx, disclosure, lock=True)
        if row is None or row.state == "destroyed":
            return False
        await store.move(tx, disclosure, "destroyed", code)
        if row.state in store.SHARED:
            await self.threads.tombstones(tx, [Move(row, "destroyed", code).tombstone])
        return True

    async def close_pending(self, tx: Transaction) -> None:
        """What was asked for before the backup was used since, or never will be."""
        pending = await store.in_states(tx, ("pending",))
        await store.move_all(tx, [row.disclosure for row in pending], "destroyed", "disclosure_lapsed")

    async def close_all(self, tx: Transaction, code: str) -> int:
        """Ends every image that is shared; how many."""
        rows = await store.in_states(tx, store.SHARED)
        await self.close(tx, [Move(row, "destroyed", code) for row in rows])
        return len(rows)

    # The log

    async def log_denials(self, denials: list[Any]) -> None:
        await self.audit.record_denials(denials)

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
            reasons_as_data(reasons),
        )


def _cited(envelope: Envelope) -> str:
    """The consent that a statement cites, before its signature is checked: only used to know what to lock."""
    payload = decode_payload("disclosure", envelope.payload_bytes)
    return getattr(payload, "consent", "")
