"""Filings, from a clinician's device to the gateway's receipt (SPEC S12.7, S12.9).

Locks as in images/gate.py: consents, people, threads, disclosures; a filing's own row after its disclosure.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inscope_protocol.decision import Reason
from inscope_protocol.encoding import encode_base64url
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import Envelope, envelope_object, statement_hash, verify
from inscope_protocol.types import Filing, FilingReceipt, Gateway, GatewayRequest, decode_payload

from ..audit.service import Event, Happening, Outcome
from ..caller import Caller
from ..database import Transaction
from ..errors import Refusal, reasons_as_data
from ..images.gate import ImageGate
from ..threads.gate import GateRefusal
from . import rules, store
from .records import filing_of, receipt_of

LAPSE = 60 * 60 * 1000
MOST_LISTED = 50
WAIT_SECONDS, LOOK_SECONDS = 25.0, 2.0
"""A gateway's question waits so long for something to file, and looks so often for what another process has taken."""


@dataclass(frozen=True)
class Filed:
    """An image as its patient is told of it: in whose record it lies, by the gateway's receipt of `at`."""

    kind: str
    organisation: str
    at: int


class Filings:
    def __init__(self, gate: ImageGate) -> None:
        self.gate, self.database, self.clock = gate, gate.database, gate.clock
        self.accounts, self.threads, self.consents, self.audit = gate.accounts, gate.threads, gate.consents, gate.audit
        self._news = asyncio.Event()

    async def gateways(self, caller: Caller) -> list[Any]:
        """What organisations sign of their gateways: the caller's own, and those it knows."""
        async with self.database.read() as tx:
            return await self.accounts.gateways.known_to(tx, caller.organisation)

    # From the clinician

    async def begin(self, caller: Caller, envelope: Envelope) -> dict[str, Any]:
        """Takes the signed filing, before its package. The same again is fine. Raises `denied`, `filing_under_way`…"""
        try:
            return await self.database.run(lambda tx: self._begin(tx, caller, envelope))
        except GateRefusal as refusal:
            await self.gate.log_denials(refusal.denials)
            raise

    async def _begin(self, tx: Transaction, caller: Caller, envelope: Envelope) -> dict[str, Any]:
        claimed = decode_payload("filing", envelope.payload_bytes)
        disclosure = getattr(claimed, "disclosure", "")
        row = await self._hold(tx, caller, disclosure)
        device = await self.gate.acting(tx, caller)
        filing = verify(envelope, "filing", caller.device, device.device_key)
        if not isinstance(filing, Filing):
            raise Refusal("wrong_type")
        known = await store.load(tx, filing.filing, lock=True)
        digest = encode_base64url(statement_hash(envelope))
        if known is not None:
            if known.statement_hash != digest or known.device != caller.device:
                raise Refusal("malformed", "Another filing has this identifier.")
            return _begun(known.filing, known.lapses_at)
        gateway = await self.accounts.gateways.of(tx, filing.organisation)
        rules.check_filing(filing, caller, row, gateway, self.clock.now())
        await self._make_room(tx, disclosure)
        await self._decide(tx, "file", caller, row, filing)
        made = await self._row(tx, filing, envelope, digest)
        await store.put(tx, made)
        return _begun(filing.filing, made["lapses_at"])

    async def _hold(self, tx: Transaction, caller: Caller, disclosure: str) -> Any:
        """The disclosure, and all that the decision rests on, until this transaction ends."""
        row = await self.gate.disclosure(tx, disclosure)
        if row is None or row.state == "pending":
            raise Refusal("not_found")
        await self.threads.require(tx, caller, row.thread)
        await self.consents.lock(tx, [row.consent])
        await self.accounts.hold(tx, [caller.person])
        await self.threads.require(tx, caller, row.thread, hold=True)
        return await self.gate.disclosure(tx, disclosure, lock=True)

    async def _make_room(self, tx: Transaction, disclosure: str) -> None:
        """One filing at a time; one that never got beyond its upload makes way."""
        for other in await store.of_disclosure(tx, disclosure, (*rules.OPEN, "filed")):
            if other.state == "filed":
                raise Refusal("already_filed")
            if other.state != "uploading":
                raise Refusal("filing_under_way")
            await store.end(tx, other.filing, "ended", "disclosure_lapsed")

    async def _decide(self, tx: Transaction, event: Event, caller: Caller, row: Any, filing: Filing) -> None:
        standing = await self.consents.standing(tx, row.consent)
        reasons = await self._reasons(tx, row, filing)
        if standing is not None and standing.scope.version != filing.version:
            reasons = [Reason("consent_superseded", None, "use_current_version")]
        happening = _happening(event, caller.person, caller.device, row, reasons)
        if reasons:
            code = "consent_superseded" if reasons[0].code == "consent_superseded" else "denied"
            raise GateRefusal(Refusal(code, reasons=reasons_as_data(reasons, row.image)), [happening])
        await self.audit.record(tx, happening)

    async def _reasons(self, tx: Transaction, row: Any, filing: Any) -> list[Reason]:
        facts = self.gate.facts(tx)
        seen = await facts.reasons(row, [filing.person])
        found = await facts.filing_reasons(row, filing.person, filing.organisation)
        return found or seen  # The second says all that the first does, but that the image's days are over.

    async def _row(self, tx: Transaction, filing: Filing, envelope: Envelope, digest: str) -> dict[str, Any]:
        now = self.clock.now()
        return {
            "filing": filing.filing, "organisation": filing.organisation, "gateway": filing.gateway,
            "thread": filing.thread, "disclosure": filing.disclosure, "consent": filing.consent,
            "person": filing.person, "device": filing.device, "state": "uploading",
            "envelope": _text(envelope_object(envelope)), "statement_hash": digest,
            "gateway_envelope": _text(await self.accounts.gateways.envelope(tx, filing.organisation)),
            "package": make_identifier("blb", self.clock.random(16)), "begun_at": now, "lapses_at": now + LAPSE,
        }  # fmt: skip

    async def send(self, caller: Caller, filing: str) -> None:
        """The package has arrived: the gateway may have it. Again is fine; `denied` where the filing was stopped."""
        async with self.database.write() as tx:
            row = await store.load(tx, filing, lock=True)
            if row is None or row.device != caller.device:
                raise Refusal("not_found")
            if row.state == "ended":
                raise Refusal(
                    "denied", "This filing was stopped.", reasons=reasons_as_data([Reason(row.code, None, "none")])
                )
            if row.state == "uploading":
                rules.check_package(filing_of(row), await store.parts_of(tx, filing))
                await store.move(tx, filing, "waiting")
                tx.after_commit(self._tell_gateways)

    async def _tell_gateways(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def state(self, caller: Caller, filing: str) -> dict[str, Any]:
        """To members of its thread."""
        async with self.database.read() as tx:
            row = await store.load(tx, filing)
            if row is None:
                raise Refusal("not_found")
            await self.threads.require(tx, caller, row.thread)
        return {
            "state": row.state,
            "code": row.code,
            "receipt": None if row.receipt is None else json.loads(row.receipt),
        }

    # To the gateway

    async def waiting(self, request: object) -> dict[str, Any]:
        """S12.6: what there is for this gateway, as soon as there is something, or nothing after a while."""
        async with self.database.write() as tx:
            gateway, _ = await self.accounts.gateways.asked(tx, request, "filings")
            known = await self.accounts.listing.organisation_statements(tx, gateway.organisation)
        return {"filings": await self._soon(gateway), "organisations": known}

    async def _soon(self, gateway: Gateway) -> list[Any]:
        loop = asyncio.get_running_loop()
        until = loop.time() + WAIT_SECONDS
        while True:
            news = self._news
            async with self.database.read() as tx:
                rows = await store.of_gateway(tx, gateway.gateway, ("waiting", "fetched"), MOST_LISTED)
            if rows or loop.time() >= until:
                return [json.loads(row.envelope) for row in rows]
            try:
                await asyncio.wait_for(news.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue

    async def fetch(self, request: object) -> Any:
        """The row of a filing whose package the gateway may have now, and the rows of its parts.

        The first time it is decided again, in this transaction; after that it has been released (S12.7).
        """
        async with self.database.write() as tx:
            gateway, asked = await self.accounts.gateways.asked(tx, request, "package")
        row, parts, reasons = await self.database.run(lambda tx: self._fetch(tx, gateway, asked))
        if reasons:
            raise Refusal("denied", reasons=reasons_as_data(reasons))
        return row, parts

    async def _fetch(
        self, tx: Transaction, gateway: Gateway, asked: GatewayRequest
    ) -> tuple[Any, list[Any], list[Reason]]:
        row = await store.load(tx, asked.filing or "")
        if row is None or row.gateway != gateway.gateway:
            raise Refusal("not_found")
        await self.consents.lock(tx, [row.consent])
        await self.accounts.hold(tx, [row.person])
        disclosure = await self.gate.disclosure(tx, row.disclosure, lock=True)
        row = await store.load(tx, row.filing, lock=True)
        if row.state not in ("waiting", "fetched"):
            raise Refusal("not_found")
        parts = await store.parts_of(tx, row.filing)
        if row.state == "fetched":
            return row, parts, []
        reasons = await self._stop_reasons(tx, disclosure, filing_of(row))
        await self.audit.record(tx, _happening("fetch", row.person, None, disclosure, reasons))
        if reasons:
            await self._stop(tx, row, reasons[0].code)
        else:
            await store.move(tx, row.filing, "fetched")
        return row, parts, reasons

    async def _stop_reasons(self, tx: Transaction, disclosure: Any, filing: Filing) -> list[Reason]:
        if disclosure.state != "live":
            return [Reason(disclosure.code or "disclosure_closed", None, "none")]
        return await self._reasons(tx, disclosure, filing)

    async def _stop(self, tx: Transaction, row: Any, code: str) -> None:
        await store.end(tx, row.filing, "ended", code)
        await self._tell(tx, row)

    async def _tell(self, tx: Transaction, row: Any) -> None:
        members = await self.threads.members(tx, row.thread)
        devices = [member.device for member in members]
        tx.after_commit(lambda: self.threads.delivery.changed(devices, "filing", row.filing))

    # From the gateway

    async def receive(self, envelope: object) -> None:
        """S12.9: the gateway's word on a filing. The same again is fine; nothing is destroyed by any other."""
        async with self.database.write() as tx:
            gateway, receipt = await self.accounts.gateways.signed(tx, envelope, "filing-receipt", FilingReceipt)
        await self.database.run(lambda tx: self._receive(tx, gateway, receipt, envelope))

    async def _receive(self, tx: Transaction, gateway: Gateway, receipt: FilingReceipt, envelope: object) -> None:
        row = await store.load(tx, receipt.filing)
        rules.check_receipt(receipt, gateway, row)
        await self.threads.lock_all(tx, [row.thread])
        disclosure = await self.gate.disclosure(tx, row.disclosure, lock=True)
        row = await store.load(tx, row.filing, lock=True)
        if row.state != "fetched":
            return rules.check_again(receipt, receipt_of(row))
        await store.end(tx, row.filing, receipt.outcome, receipt.code, _text(envelope))
        refused = [Reason(receipt.code, None, "none")] if receipt.code else []
        await self.audit.record(tx, _happening("receipt", row.person, None, disclosure, refused, "recorded"))
        if receipt.outcome == "filed":
            proof = {"gateway": json.loads(row.gateway_envelope), "filing": json.loads(row.envelope)}
            await self.gate.close_filed(tx, disclosure, {**proof, "receipt": envelope})
        await self._tell(tx, row)

    async def filed_under(self, tx: Transaction, consent: str) -> list[Filed]:
        """All that was filed under a consent, newest first: for the patient whose it is (patients/)."""
        rows = await store.filed_of_consent(tx, consent)
        kinds = {row.disclosure: (await self.gate.disclosure(tx, row.disclosure)).kind for row in rows}
        told = [Filed(kinds[row.disclosure], row.organisation, receipt_of(row).at) for row in rows]
        return sorted(told, key=lambda one: -one.at)

    # What ends a filing before the gateway has it

    async def consent_changed(self, tx: Transaction, consent: str) -> list[str]:
        """After the gate has decided again, in the same transaction: what may go no further stops here."""
        for row in await store.of_consent(tx, consent, rules.STOPPABLE):
            await self._stop_unless_permitted(tx, row)
        return []

    async def _stop_unless_permitted(self, tx: Transaction, row: Any) -> None:
        disclosure = await self.gate.disclosure(tx, row.disclosure)
        reasons = await self._stop_reasons(tx, disclosure, filing_of(row))
        lapsed = row.state == "uploading" and row.lapses_at <= self.clock.now()
        if reasons or lapsed:
            await self._stop(tx, row, reasons[0].code if reasons else "disclosure_lapsed")

    async def look_again(self, tx: Transaction, filing: str) -> None:
        """For the sweep: images end for other reasons than their consent too."""
        row = await store.load(tx, filing, lock=True)
        if row.state in rules.STOPPABLE:
            await self._stop_unless_permitted(tx, row)


def _begun(filing: str, lapses_at: int) -> dict[str, Any]:
    return {"filing": filing, "lapses_at": lapses_at}


def _text(envelope: object) -> str:
    return json.dumps(envelope, separators=(",", ":"))


def _happening(
    event: Event, person: str, device: str | None, row: Any, reasons: Sequence[Reason], outcome: Outcome | None = None
) -> Happening:
    said: Outcome = outcome or ("deny" if reasons else "permit")
    return Happening(
        event, said, person, device, row.thread, row.disclosure, row.consent, row.version, row.image,
        reasons_as_data(reasons),
    )  # fmt: skip
