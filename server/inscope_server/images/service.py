"""Images: asking for a disclosure, opening, taking out (SPEC S7). What is decided lies in gate.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec.structs import asdict

from inscope_protocol.decision import Reason, reason
from inscope_protocol.encoding import encode_base64url
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import statement_hash
from inscope_protocol.types import (
    ConsentId,
    Counting,
    DisclosedImage,
    DisclosureId,
    ImageDescriptor,
    Natural,
    Nonce,
    Scope,
    ThreadId,
)

from ..audit.service import Happening
from ..authority.contract import Authority
from ..caller import Caller
from ..database import Transaction
from ..errors import Refusal, reasons_as_data
from ..threads.gate import GateRefusal
from ..web.rate_limit import RateLimit
from . import rules, store
from .currency import Currency
from .facts import Facts
from .footprint import Footprint, footprint_of
from .gate import ImageGate
from .looks import looks
from .move import Move

T = TypeVar("T")
MOST_PENDING = 40
EVER_SHARED = (*store.SHARED, "destroyed")


class Ask(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a client names when it asks for a disclosure (S7.1). `preview`: for a small rendition of it too."""

    thread: ThreadId
    epoch: Natural
    consent: ConsentId
    version: Counting
    image: DisclosedImage
    origin: DisclosureId | None = None
    preview: bool = False
    nonce: Nonce | None = None


class Question(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The same for many threads, without asking for anything."""

    consent: ConsentId
    version: Counting
    threads: Annotated[list[ThreadId], msgspec.Meta(max_length=200)]
    image: DisclosedImage
    origin: DisclosureId | None = None


@dataclass(frozen=True)
class Shared:
    """An image as its patient is told of it. `reaches`: who can see it."""

    kind: str
    state: str
    by: str
    reaches: tuple[str, ...]


@dataclass(frozen=True)
class Closing:
    """An image that a narrower consent would close. `uncovered`: whom it would no longer cover, if that is why."""

    disclosure: str
    uncovered: tuple[str, ...]


class Images:
    """Disclosures from asking to tombstone."""

    def __init__(self, gate: ImageGate, authority: Authority) -> None:
        self.currency = Currency(authority, gate.audit)
        self.gate, self.database, self.clock = gate, gate.database, gate.clock
        self.threads, self.consents, self.audit = gate.threads, gate.consents, gate.audit
        self.questions = RateLimit(gate.clock, per_minute=60, burst=30)
        self.reports = RateLimit(gate.clock, per_minute=10, burst=20)
        self.looks = RateLimit(gate.clock, per_minute=240, burst=240)

    async def ask(self, caller: Caller, ask: Ask) -> dict[str, Any]:
        """S7.1: on Permit a disclosure id, a blob id and a server half, and the same of a preview that was asked for;
        else `denied` with reasons, logged.
        """
        async with self.database.read() as tx:
            await self.threads.require(tx, caller, ask.thread)
        current = await self.currency.of(ask.nonce, ask.consent, self._happening("ask", caller, ask.thread, ask, []))
        return {**await self._decided(lambda tx: self._grant(tx, caller, ask)), **current}

    async def _decided(self, body: Callable[[Transaction], Awaitable[T]]) -> T:
        """The answer of a transaction in which the gate decides; its denials are logged after it is undone."""
        try:
            return await self.database.run(body)
        except GateRefusal as refusal:
            await self.gate.log_denials(refusal.denials)
            raise

    async def _grant(self, tx: Transaction, caller: Caller, ask: Ask) -> dict[str, Any]:
        await self.consents.lock(tx, [ask.consent])
        await self._hold(tx, caller, alone=True)
        row = await self.threads.require(tx, caller, ask.thread, hold=True)
        if row.epoch != ask.epoch:
            raise Refusal("stale_epoch")
        await self._check_origin(tx, caller, ask.image, ask.origin)
        await self._check_room(tx, caller, 2 if ask.preview else 1)
        reasons = await self._reasons(
            self.gate.facts(tx, caller.organisation).having(row),
            caller,
            ask.consent,
            ask.version,
            ask.thread,
            ask.image,
            ask.origin is not None,
        )
        happening = self._happening("ask", caller, ask.thread, ask, reasons)
        if reasons:
            code = "consent_superseded" if reasons[0].code == "consent_superseded" else "denied"
            raise GateRefusal(Refusal(code, reasons=reasons_as_data(reasons, ask.image.image)), [happening])
        picture = await self._put(tx, caller, ask, happening, None)
        preview = await self._put(tx, caller, ask, happening, picture["disclosure"]) if ask.preview else None
        return {**picture, "preview": preview}

    async def _put(
        self, tx: Transaction, caller: Caller, ask: Ask, happening: Happening, preview_of: str | None
    ) -> dict[str, Any]:
        granted = self._granted(caller, ask, preview_of)
        await store.put(tx, granted)
        await self.audit.record(tx, replace(happening, disclosure=granted["disclosure"]))
        keys = ("disclosure", "blob", "lapses_at")
        return {
            **{key: granted[key] for key in keys},
            "server_half": encode_base64url(granted["server_half"]),
        }

    async def _check_room(self, tx: Transaction, caller: Caller, asked: int) -> None:
        """A device has few permissions at a time that it has not used: each may be uploaded for."""
        if await store.count_pending(tx, caller.device, self.clock.now()) + asked > MOST_PENDING:
            message = f"This device has {MOST_PENDING} images under way. Send them, or wait an hour until they lapse."
            raise Refusal("rate_limited", message)

    def _granted(self, caller: Caller, ask: Ask, preview_of: str | None) -> dict[str, Any]:
        random, image = self.clock.random, ask.image
        return {
            "disclosure": make_identifier("dis", random(16)),
            "blob": make_identifier("blb", random(16)),
            "server_half": random(32),
            "thread": ask.thread, "epoch": ask.epoch, "consent": ask.consent, "version": ask.version,
            **rules.columns(image), "origin": ask.origin, "preview_of": preview_of, "state": "pending",
            "person": caller.person, "device": caller.device,
            "lapses_at": self.clock.now() + rules.LAPSE,
        }  # fmt: skip

    async def _reasons(
        self,
        facts: Facts,
        caller: Caller,
        consent: str,
        version: int,
        thread: str,
        image: DisclosedImage,
        onward: bool,
    ) -> list[Reason]:
        """A consent that does not concern the caller is missing, like one that never was."""
        scope = await facts.scope(consent)
        if scope is None or not await self._concerns(facts, caller, scope):
            return [reason("consent_missing")]
        if scope.version != version:
            return [reason("consent_superseded")]
        described = ImageDescriptor(**asdict(image), onward=onward)
        reasons = await facts.decide(thread, consent, described, await facts.people(thread))
        return reasons or await facts.ended_devices(thread)

    async def _concerns(self, facts: Facts, caller: Caller, scope: Scope) -> bool:
        """Who recorded the newest version is not asked what else brings them to it."""
        return scope.recorder == caller.person or await self.consents.concerns(facts.tx, caller, scope.consent)

    async def _hold(self, tx: Transaction, caller: Caller, *, alone: bool = False) -> None:
        """The caller's attestations and devices stay as they are until this transaction ends; refuses ended devices."""
        await self.gate.accounts.hold(tx, [caller.person])
        await self.gate.acting(tx, caller, alone=alone)

    async def _check_origin(self, tx: Transaction, caller: Caller, image: DisclosedImage, origin: str | None) -> None:
        """S7.10: the forwarder has the origin open to them, and it is the same patient and kind of image."""
        if origin is None:
            return
        row = await store.load(tx, origin)
        if row is None or row.state != "live" or row.preview_of is not None:
            raise Refusal("not_found")
        await self.threads.require(tx, caller, row.thread)
        if await self.gate.facts(tx).reasons(row, [caller.person]):
            raise Refusal("not_found")
        if (row.subject, row.kind) != (image.subject, image.kind):
            raise Refusal("statement_mismatch", "A forwarded image keeps its patient and its kind.")

    async def of_consent(self, tx: Transaction, consent: str) -> list[str]:
        """Every disclosure there ever was under this consent."""
        return [row.disclosure for row in await store.ever_of_consent(tx, consent)]

    async def question(self, caller: Caller, question: Question) -> list[dict[str, Any]]:
        """Where this image could go, thread by thread. Denials are logged as questions; raises `rate_limited`."""
        self.questions.take(caller.person)
        answers, denied = [], []
        async with self.database.read() as tx:
            facts = self.gate.facts(tx, caller.organisation)
            await self._check_origin(tx, caller, question.image, question.origin)
            for thread in question.threads:
                await self.threads.require(tx, caller, thread)
                onward = question.origin is not None
                reasons = await self._reasons(
                    facts, caller, question.consent, question.version, thread, question.image, onward
                )
                answers.append({"thread": thread, "permit": not reasons, "reasons": reasons_as_data(reasons)})
                if reasons:
                    denied.append(self._happening("question", caller, thread, question, reasons))
        await self.gate.log_denials(denied)
        return answers

    def _happening(
        self, event: Any, caller: Caller, thread: str, asked: Ask | Question, reasons: list[Reason]
    ) -> Happening:
        outcome: Any = "deny" if reasons else "permit"
        return Happening(
            event, outcome, caller.person, caller.device, thread, asked.origin, asked.consent, asked.version,
            asked.image.image, reasons_as_data(reasons),
        )  # fmt: skip

    async def open(self, caller: Caller, disclosure: str, nonce: str | None) -> dict[str, Any]:
        """S7.8: decides for this person, logs it, and gives the server half out once more. Raises `rate_limited`;
        `disclosure_closed` for what has ended for good, `denied` for what is closed for now.
        """
        self.looks.take(caller.person)
        async with self.database.read() as tx:
            row = await self._in_reach(tx, caller, disclosure, EVER_SHARED)
            taken = await self._statement_taken(tx, row)
        current = await self.currency.of(nonce, row.consent, self.gate.denied("open", caller, row, []))
        return {**await self._decided(lambda tx: self._open(tx, caller, row)), **taken, **current}

    async def _statement_taken(self, tx: Transaction, row: Any) -> dict[str, str]:
        """By which a client knows a statement that was shared later for the one with which the image came (S7.8)."""
        if row.message is None:  # It was never part of a message.
            return {}
        statement = await self.threads.statement(tx, row.thread, row.message, row.disclosure)
        return {"statement_hash": encode_base64url(statement_hash(statement))}

    async def _open(self, tx: Transaction, caller: Caller, row: Any) -> dict[str, Any]:
        """`row`: the disclosure as it was; its thread and its consent never change."""
        await self.consents.lock(tx, [row.consent])
        await self._hold(tx, caller)
        thread = await self.threads.require(tx, caller, row.thread, hold=True)
        row = await store.load(tx, row.disclosure, lock=True)
        if row.state != "live":
            ended = row.state == "destroyed"
            denied = [Reason(row.code or "disclosure_closed", None, "none") if ended else reason(row.code)]
            refusal = Refusal("disclosure_closed" if ended else "denied", reasons=reasons_as_data(denied, row.image))
            raise GateRefusal(refusal, [self.gate.denied("open", caller, row, denied)])
        facts = self.gate.facts(tx).having(thread)
        reasons = await facts.reasons(row, [caller.person])
        if reasons:
            refusal = Refusal("denied", reasons=reasons_as_data(reasons, row.image))
            raise GateRefusal(refusal, [self.gate.denied("open", caller, row, reasons)])
        await self.audit.record(tx, self.gate.happening("open", "permit", caller, row, []))
        standing = await facts.standing(row.consent)
        envelope = None if standing is None else standing.envelope
        half = encode_base64url(row.server_half)
        return {"server_half": half, "consent": envelope, "state": row.state}

    async def _in_reach(self, tx: Transaction, caller: Caller, disclosure: str, states: tuple[str, ...]) -> Any:
        """A disclosure in a thread of the caller's; pending ones exist for their maker alone."""
        row = await store.load(tx, disclosure)
        if row is None or row.state not in states:
            raise Refusal("not_found")
        await self.threads.require(tx, caller, row.thread)
        return row

    async def remove(self, caller: Caller, disclosure: str) -> None:
        """Takes an image and its preview out for good: who attached it, or who recorded its consent, may."""
        await self.database.run(lambda tx: self._remove(tx, caller, disclosure))

    async def _remove(self, tx: Transaction, caller: Caller, disclosure: str) -> None:
        row = await self._in_reach(tx, caller, disclosure, store.SHARED)
        picture = row.preview_of or disclosure
        standing = await self.consents.standing(tx, row.consent)
        recorder = None if standing is None else standing.scope.recorder
        if caller.person not in (row.person, recorder):
            raise Refusal("consent_not_yours", "Who attached the image or recorded the consent can take it out.")
        await self.threads.lock_all(tx, [row.thread])
        row = await store.load(tx, picture, lock=True)
        if row.state != "destroyed":
            await self.gate.close(tx, [Move(row, "destroyed", "taken_out")])

    async def openings(self, caller: Caller, disclosure: str) -> list[dict[str, Any]]:
        """Who asked to open an image and what they were answered, each with its entry of the log (S10.4)."""
        async with self.database.read() as tx:
            await self._in_reach(tx, caller, disclosure, EVER_SHARED)
            rows = await self.audit.of_disclosure(tx, disclosure, "open")
        return [
            {
                "person": row.person,
                "at": row.at,
                "outcome": row.outcome,
                "log": {"index": row.seq - 1, "body": encode_base64url(row.body)},
            }
            for row in rows
        ]

    async def shared_under(self, tx: Transaction, consent: str) -> list[Shared]:
        """What is live or suspended under a consent: for the patient whose it is (patients/)."""
        rows = await store.of_consent(tx, consent, store.SHARED)
        return [
            Shared(
                row.kind,
                row.state,
                row.person,
                tuple(await self.threads.people(tx, row.thread)),
            )
            for row in rows
        ]

    async def shared_blobs(self, tx: Transaction) -> list[str]:
        """Of every image that is shared, and of its preview."""
        return await store.blobs_in(tx, store.SHARED)

    async def closing_under(self, tx: Transaction, consent: str, scopes: Sequence[Scope]) -> list[list[Closing]]:
        """For each of these, were it the next version of the consent: what can be opened now and could not be then."""
        facts, found = self.gate.facts(tx), []
        rows = await store.of_consent(tx, consent, ("live",))
        for scope in scopes:
            facts.suppose(scope)
            decided = [(row.disclosure, await facts.reasons(row, await facts.people(row.thread))) for row in rows]
            found.append([Closing(name, _uncovered(reasons)) for name, reasons in decided if reasons])
        return found

    async def opened_under(self, tx: Transaction, consent: str) -> list[tuple[str, int]]:
        """(person, at) of every look under a consent, at images that were destroyed too; newest first."""
        openings = [
            (one.person, row.preview_of or row.disclosure, one.at)
            for row in await store.ever_of_consent(tx, consent)
            for one in await self._released(tx, row.disclosure)
        ]
        return looks(openings)[::-1]

    async def _released(self, tx: Transaction, disclosure: str) -> list[Any]:
        return [one for one in await self.audit.of_disclosure(tx, disclosure, "open") if one.outcome == "permit"]

    async def footprint(self, tx: Transaction, consent: str, versions: Collection[int]) -> Footprint:
        """What was shared under these versions of a consent, of images that are gone too: for who reviews it."""
        return await footprint_of(tx, self.threads, self.audit, consent, versions)

    async def report(self, caller: Caller, thread: str | None, message: str | None, code: str) -> None:
        """A client saw something that is not as declared (S7.8), or a log that is not the one it knows (S10.6).

        Raises `rate_limited`: each is an entry in the log for ever.
        """
        self.reports.take(caller.person)
        async with self.database.write() as tx:
            if thread is not None:
                await self.threads.require(tx, caller, thread)
            reasons = [{"code": code, "who": None, "remedy": "report", "image": message}]
            await self.audit.record(
                tx, Happening("report", "deny", caller.person, caller.device, thread, reasons=reasons)
            )

    async def seen_by(self, tx: Transaction, device: str, ids: Collection[str]) -> list[str]:
        """Those of these disclosures that are in a thread of this device: of others it is not told that they are."""
        if not ids:
            return []
        mine = set(await self.threads.with_device(tx, device))
        return [row.disclosure for row in await store.threads_of(tx, ids) if row.thread in mine]

    async def shares(self, tx: Transaction, person: str, consent: str) -> bool:
        """Whether a live image under this consent is in a thread of this person."""
        mine = set(await self.threads.with_person(tx, person))
        rows = await store.of_consent(tx, consent, ("live", "suspended"))
        return any(row.thread in mine for row in rows)


def _uncovered(reasons: Sequence[Reason]) -> tuple[str, ...]:
    return tuple(one.who for one in reasons if one.who is not None)
