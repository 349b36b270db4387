"""Consents: signed versions, and the scope that stands (SPEC S5)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from msgspec.structs import replace

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.narrowing import narrows
from inscope_protocol.policy import Policy, next_end, was_asked
from inscope_protocol.statements import Envelope, envelope_object, parse_envelope, statement_hash, verify
from inscope_protocol.types import Recipient, RecordedBy, RecordedByPatient, Scope, decode_payload

from ..accounts.service import Accounts
from ..audit.service import Audit, Happening
from ..caller import Caller
from ..changes import Changes
from ..clock import Clock
from ..database import Database, Transaction
from ..errors import Refusal
from ..sheets.service import Sheets
from ..threads.service import Threads
from . import rules, store
from .policies import Policies
from .records import Standing, scope_of, standing
from .unasked import check_unasked

TakeAway = Callable[[Scope], Scope]
Answered = Callable[[Transaction, Caller, Scope], Awaitable[bool]]
Shares = Callable[[Transaction, str, str], Awaitable[bool]]
SeenBy = Callable[[Transaction, str, Collection[str]], Awaitable[list[str]]]


class Consents:
    """Three questions that features above answer: `shares_image(tx, person, consent)`, whether a live image under it
    reaches the person, and `seen_by(tx, device, disclosures)`, which of them are in the device's threads (images); and
    `as_answered(tx, caller, scope)`, whether the patient said so (patients).
    """

    shares_image: Shares
    seen_by: SeenBy
    as_answered: Answered

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Accounts,
        threads: Threads,
        audit: Audit,
        changes: Changes,
        policies: Policies,
        sheets: Sheets,
    ) -> None:
        self.database, self.clock, self.accounts = database, clock, accounts
        self.threads, self.audit, self.changes = threads, audit, changes
        self.policies, self.sheets = policies, sheets

    async def record(self, caller: Caller, envelope: Envelope, thread: str | None) -> dict[str, Any]:
        """Stores a version and decides again, in the same transaction, all that rests on the consent (S5.3, S7.9)."""
        return await self.database.run(lambda tx: self._record(tx, caller, envelope, thread))

    async def _record(self, tx: Transaction, caller: Caller, envelope: Envelope, thread: str | None) -> dict[str, Any]:
        await self.hold(tx, _named(envelope))
        await self.accounts.hold(tx, [caller.person])
        scope = await self._verified(tx, caller, envelope)
        before = await self._check_succession(tx, caller, scope)
        if scope.taken.answer is not None and not await self._is_as_answered(tx, caller, scope, before):
            raise Refusal("answer_mismatch")
        self._check_sheet(scope, before)
        await self._check_witness(tx, caller, scope, before)
        if thread is not None:
            await self.threads.require(tx, caller, thread)
            await store.link(tx, scope.consent, thread)
        closed = await self.seen_by(tx, caller.device, await self._put(tx, scope, envelope))
        return {"consent": scope.consent, "version": scope.version, "closed": closed}

    async def _is_as_answered(self, tx: Transaction, caller: Caller, scope: Scope, before: Scope | None) -> bool:
        """Also a later version that changes nothing of how the consent was taken, such as a withdrawal."""
        kept = before is not None and before.taken == scope.taken and narrows(before, scope)
        return kept or await self.as_answered(tx, caller, scope)

    def _check_sheet(self, scope: Scope, before: Scope | None) -> None:
        """What a version names was offered here, or named by the version before (S5.8)."""
        shown = scope.taken.sheet
        kept = before is not None and before.taken.sheet == shown
        if shown is not None and not kept and not self.sheets.offers(shown):
            raise Refusal("sheet_unknown")

    async def _check_witness(self, tx: Transaction, caller: Caller, scope: Scope, before: Scope | None) -> None:
        """What a version names as witness was named by the version before, or is a colleague of today (S5.3)."""
        witness = scope.taken.witness
        if witness is None or (before is not None and before.taken.witness == witness):
            return
        seen = await self.accounts.listing.attested_now(tx, caller.organisation, witness)
        rules.check_witness(witness, caller.person, seen)

    async def _put(self, tx: Transaction, scope: Scope, envelope: Envelope) -> list[str]:
        """Stores a checked version and decides again all that rests on it; the disclosures that it closed."""
        ends = next_end(self.policy_of(scope), scope, self.clock.now())
        await store.put(tx, scope.subject, {**_row(scope, envelope), "next_end": ends})
        closed = await self.changes.consent(tx, scope.consent)
        await self.audit.record(tx, _happening(scope))
        devices = await self._readers(tx, scope.consent)
        tx.after_commit(lambda: self.threads.delivery.changed(devices, "consent", scope.consent))
        return closed

    async def record_again(
        self, tx: Transaction, consent: str, version: int, envelope: Envelope, authority: dict[str, str]
    ) -> bool:
        """A version that a restored database has forgotten, verified anew. `authority`: as `Authority.identity`.

        False where nobody here can tell, as its device was enrolled since: the consent is forgotten, and nothing rests
        on it. Raises Refusal or ProtocolError where it is not the version that it should be.
        """
        scope, newest = decode_payload("consent", envelope.payload_bytes), await store.newest(tx, consent)
        follows = (consent, version, None) if newest is None else (consent, newest.version + 1, newest.hash)
        if not isinstance(scope, Scope) or version != scope.version:
            raise Refusal("consent_conflict")
        if (scope.consent, scope.version, scope.previous) != follows:
            raise Refusal("consent_conflict")
        signer, key = await self._signer(tx, scope, authority)
        if key is None:
            await store.forget(tx, consent)
            return False
        verify(envelope, "consent", signer, key)
        ends = next_end(self.policy_of(scope), scope, self.clock.now())
        await store.put(tx, scope.subject, {**_row(scope, envelope), "next_end": ends})
        return True

    async def _signer(self, tx: Transaction, scope: Scope, authority: dict[str, str]) -> tuple[str, bytes | None]:
        """Who must have signed it, and their key where it is known."""
        by = scope.recorded_by
        if isinstance(by, RecordedByPatient):
            known = by.authority == authority.get("authority")
            return by.authority, decode_base64url(authority["key"]) if known else None
        device = await self.accounts.device(tx, by.device)
        if device is not None and device.person != by.person:
            raise Refusal("consent_conflict")
        return by.device, None if device is None else device.device_key

    async def by_patient(self, tx: Transaction, consent: str, authority: str, take_away: TakeAway) -> Scope:
        """S5.9: the version to be signed after the one that stands, of which `take_away` makes a narrower scope."""
        before = await store.newest(tx, consent)
        if before is None:
            raise Refusal("not_found")
        return replace(
            take_away(scope_of(before)), version=before.version + 1, previous=before.hash,
            recorded_by=RecordedByPatient(authority), recorded_at=self.clock.now(),
        )  # fmt: skip

    async def record_by_patient(self, tx: Transaction, scope: Scope, envelope: Envelope) -> bool:
        """Stores it once it is signed; False where another version came in between."""
        await self.hold(tx, scope.consent)
        before = await store.newest(tx, scope.consent)
        if before is None or before.hash != scope.previous:
            return False
        await self._put(tx, scope, envelope)
        return True

    async def _verified(self, tx: Transaction, caller: Caller, envelope: Envelope) -> Scope:
        device = await self.accounts.device(tx, caller.device)
        if device is None or device.revoked_at is not None:
            raise Refusal("device_revoked")
        if not device.is_active:
            raise Refusal("not_attested")
        scope = verify(envelope, "consent", caller.device, device.device_key)
        if not isinstance(scope, Scope):
            raise Refusal("wrong_type")
        rules.check_author(scope, caller, self.clock.now())
        rules.check_policy(scope, self.policies.in_force)
        return scope

    async def _check_succession(self, tx: Transaction, caller: Caller, scope: Scope) -> Scope | None:
        """The version that it follows, if it is not the first."""
        row = await store.newest(tx, scope.consent)
        if row is None:
            rules.check_first(scope)
            await self._check_unasked(tx, scope, None)
            return None
        before = scope_of(row)
        if not await self._may(tx, caller, scope.consent, before):
            raise Refusal("not_found")
        rules.check_next(scope, before, row.hash)
        await self._check_unasked(tx, scope, before)
        return before

    async def _check_unasked(self, tx: Transaction, scope: Scope, before: Scope | None) -> None:
        """Two that are recorded at once for one patient have an order: the second is held against the first."""
        if scope.decision != "given" or was_asked(scope) or (before is not None and narrows(before, scope)):
            return
        await store.hold_subject(tx, scope.subject)
        histories: dict[str, list[Scope]] = {}
        for row in await store.of_subject(tx, scope.subject):
            histories.setdefault(row.consent, []).append(scope_of(row))
        earlier = histories.pop(scope.consent, [])
        check_unasked(scope, earlier, list(histories.values()), self.clock.now())

    async def _may(self, tx: Transaction, caller: Caller, consent: str, newest: Scope | None) -> bool:
        recorders = [row.person for row in await store.history(tx, consent)]
        reader = await self._recipient(tx, caller.person)
        threads = await self.threads.with_person(tx, caller.person)
        return newest is not None and rules.may_amend(newest, reader, recorders, threads, self.clock.now())

    async def _recipient(self, tx: Transaction, person: str) -> Recipient:
        held = await self.accounts.attestations_of(tx, [person])
        return Recipient(person, tuple(held.get(person, ())))

    async def read(self, caller: Caller, consent: str) -> list[Any]:
        """All versions, oldest first, for those concerned; for others the uniform `not_found`."""
        async with self.database.read() as tx:
            rows = await store.history(tx, consent)
            if not await self._may_read(tx, caller, consent, rows):
                raise Refusal("not_found")
        return [json.loads(row.envelope) for row in rows]

    async def _may_read(self, tx: Transaction, caller: Caller, consent: str, rows: list[Any]) -> bool:
        """The database is asked as much of a consent that never was: how long it takes does not tell that one is."""
        if any(row.person == caller.person or rules.names_person(scope_of(row), caller.person) for row in rows):
            return True
        mine = await self.threads.with_person(tx, caller.person)
        if set(mine) & set(await store.threads_of(tx, consent)):
            return True
        reader = await self._recipient(tx, caller.person)
        if rows and rules.is_covered(scope_of(rows[-1]), reader, mine, self.clock.now()):
            return True
        return await self.shares_image(tx, caller.person, consent)

    async def envelopes(self, tx: Transaction, consent: str) -> list[Any]:
        """All versions, oldest first, for the operator's own uses: nobody's right to read is checked."""
        return [json.loads(row.envelope) for row in await store.history(tx, consent)]

    async def scopes(self, tx: Transaction, consent: str) -> list[Scope]:
        """What every version says, oldest first; nobody's right to read is checked."""
        return [scope_of(row) for row in await store.history(tx, consent)]

    async def of_caller(self, caller: Caller) -> list[Any]:
        """The newest version of each consent that the caller recorded or shares a thread with."""
        async with self.database.read() as tx:
            mine = await self.threads.with_person(tx, caller.person)
            found = [await store.newest(tx, consent) for consent in await store.of_caller(tx, caller.person, mine)]
        return [json.loads(row.envelope) for row in found]

    async def concerns(self, tx: Transaction, caller: Caller, consent: str) -> bool:
        """Whether the caller may know of this consent at all."""
        rows = await store.history(tx, consent)
        return await self._may_read(tx, caller, consent, rows)

    async def may_amend(self, tx: Transaction, caller: Caller, consent: str) -> bool:
        """Whether the caller may change it, and so bring the patient to it: to read it is not enough (S5.3)."""
        newest = await store.newest(tx, consent)
        return await self._may(tx, caller, consent, None if newest is None else scope_of(newest))

    async def lock(self, tx: Transaction, consents: Collection[str]) -> None:
        """For those who are about to rest a decision on them: no version can be added until they are done."""
        await store.lock(tx, sorted(set(consents)), share=True)

    async def hold(self, tx: Transaction, consent: str) -> None:
        """For who changes a consent, or closes what it no longer carries: nobody rests a decision on it meanwhile."""
        await store.lock(tx, [consent], share=False)

    async def standing(self, tx: Transaction, consent: str) -> Standing | None:
        return await standing(tx, consent)

    def policy_of(self, scope: Scope | None) -> Policy | None:
        """The profile that the scope names, or None where it is not known here."""
        return None if scope is None else self.policies.named(scope.policy)

    async def due(self, tx: Transaction, after: str, most: int) -> list[str]:
        """Consents for which an instant has come at which time alone may end something: the next ones by their ids."""
        return await store.due(tx, self.clock.now(), after, most)

    async def passed(self, tx: Transaction, consent: str) -> None:
        """All that rests on the consent was decided again; what comes next in time is noted."""
        standing = await self.standing(tx, consent)
        if standing is not None:
            ends = next_end(self.policy_of(standing.scope), standing.scope, self.clock.now())
            await store.note_next_end(tx, consent, standing.scope.version, ends)

    async def _readers(self, tx: Transaction, consent: str) -> list[str]:
        devices: list[str] = []
        for thread in await store.threads_of(tx, consent):
            devices += [member.device for member in await self.threads.members(tx, thread)]
        return sorted(set(devices))


def _named(envelope: Envelope) -> str:
    """The consent that an envelope is about, before its signature is checked: only used to know what to hold."""
    payload = decode_payload("consent", envelope.payload_bytes)
    return getattr(payload, "consent", "")


def _row(scope: Scope, envelope: Envelope) -> dict[str, Any]:
    parsed = parse_envelope(envelope_object(envelope))
    return {
        "consent": scope.consent,
        "version": scope.version,
        "hash": encode_base64url(statement_hash(parsed)),
        "envelope": json.dumps(envelope_object(parsed), separators=(",", ":")).encode(),
        "payload": decode_base64url(parsed.payload),
        "person": scope.recorder,
        "recorded_at": scope.recorded_at,
        "valid_until": scope.valid_until,
    }


def _happening(scope: Scope) -> Happening:
    device = scope.recorded_by.device if isinstance(scope.recorded_by, RecordedBy) else None
    return Happening(
        "consent", "recorded", scope.recorder, device, consent=scope.consent, version=scope.version,
        reasons=[{"code": scope.decision, "who": None, "remedy": "none"}],
    )  # fmt: skip
