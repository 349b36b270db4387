"""Which emergencies an organisation's privacy officer is to look at, and what the officer found (SPEC S5.13)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec

from inscope_protocol.types import Scope

from ..accounts.service import Accounts
from ..audit.service import Audit, Happening
from ..caller import Caller
from ..clock import Clock
from ..consent.service import Consents
from ..database import Database, Transaction
from ..errors import Refusal
from ..images.service import Images
from ..threads.service import Threads
from ..web.rate_limit import RateLimit
from . import rules, store
from .place import Place


class Reviews:
    """Nothing here reads a name, a message or an image: ids, codes and numbers only."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: Accounts,
        threads: Threads,
        consents: Consents,
        images: Images,
        audit: Audit,
    ) -> None:
        self.database, self.clock, self.accounts, self.threads = database, clock, accounts, threads
        self.consents, self.images, self.audit = consents, images, audit
        self.limit = RateLimit(clock, per_minute=60, burst=60)

    async def consent_changed(self, tx: Transaction, consent: str) -> list[str]:
        """Notes an emergency for review, in the transaction that records it; closes no disclosure."""
        versions = await self.consents.scopes(tx, consent)
        if rules.is_to_review(versions):
            newest = versions[-1]
            row = {"consent": consent, "version": newest.version, "person": newest.recorder}
            for organisation in await self._answerable(tx, str(newest.recorder)):
                await store.put(tx, {**row, "organisation": organisation, "recorded_at": newest.recorded_at})
        return []

    async def _answerable(self, tx: Transaction, person: str) -> list[str]:
        """Who attests the recorder now. Only whom their own organisation knows: others can attest anybody (S3.7)."""
        home = (await self.accounts.listing.people_named(tx, [person]))[person].organisation
        known = await self.accounts.listing.known_to(tx, home)
        held = (await self.accounts.attestations_of(tx, [person]))[person]
        return rules.attesting([one for one in held if one.organisation in known], self.clock.now())

    async def admit(self, caller: Caller) -> None:
        """Before anything of a request is read. Raises `not_found` for who is nobody's officer, `rate_limited`."""
        self.limit.take(caller.person)
        async with self.database.read() as tx:
            await self._offices(tx, caller)

    async def page(self, caller: Caller, after: Place | None, most: int) -> dict[str, Any]:
        """`GET /api/reviews`, once admitted. Raises the uniform `not_found` for who is nobody's privacy officer."""
        async with self.database.read() as tx:
            organisations = await self._offices(tx, caller)
            rows = await store.page(tx, organisations, after, most + 1)
            told = [await self._told(tx, row) for row in rows[:most]]
        return {"reviews": told, "next": str(Place.of(rows[most - 1])) if len(rows) > most else None}

    async def _offices(self, tx: Transaction, caller: Caller) -> list[str]:
        held = await self.accounts.attestations_of(tx, [caller.person])
        organisations = rules.reviewed_by(held[caller.person], self.clock.now())
        if not organisations:
            raise Refusal("not_found")
        return organisations

    async def _told(self, tx: Transaction, row: Any) -> dict[str, Any]:
        versions = await self.consents.scopes(tx, row.consent)
        shared = await self.images.footprint(tx, row.consent, rules.emergency_versions(versions))
        settled = rules.settled(versions, row.version)
        reviews = await store.reviews_of(tx, [row.consent])
        mine = [one for one in reviews if (one.organisation, one.version) == (row.organisation, row.version)]
        return {
            "consent": row.consent, "organisation": row.organisation, "version": row.version, "person": row.person,
            **self._facts(versions[row.version - 1]),
            "images": shared.images, "openings": shared.openings,
            "threads": [{"kind": kind, "purpose": purpose} for kind, purpose in shared.places],
            "settled": None if settled is None else asdict(settled),
            "review": _review(mine[0]) if mine else None,
        }  # fmt: skip

    def _facts(self, scope: Scope) -> dict[str, Any]:
        """What the scope gives, but for the patient's number and the record's commitment."""
        ends_at = rules.ends_at(scope, self.consents.policy_of(scope))
        said = msgspec.to_builtins(scope)
        return {
            **{name: said[name] for name in ("recorded_at", "valid_from", "purposes", "recipients", "conditions")},
            "reason": scope.taken.reason, "witness": scope.taken.witness,
            "ends_at": ends_at, "ended": ends_at <= self.clock.now(),
        }  # fmt: skip

    async def review(self, caller: Caller, consent: str, found: Finding) -> dict[str, Any]:
        """`POST /api/reviews/{consent}`, once admitted: once for each version, logged, told to the recorder.

        Raises `not_found`, `consent_superseded`, `review_closed`, `review_own`.
        """
        return await self.database.run(lambda tx: self._review(tx, caller, consent, found))

    async def _review(self, tx: Transaction, caller: Caller, consent: str, found: Finding) -> dict[str, Any]:
        await self.consents.lock(tx, [consent])
        await self.accounts.hold(tx, [caller.person])
        organisations = await self._offices(tx, caller)
        row = await store.load(tx, found.organisation, consent) if found.organisation in organisations else None
        if row is None:
            raise Refusal("not_found")
        if row.version != found.version:
            raise Refusal("consent_superseded")
        if not row.open:
            raise Refusal("review_closed")
        if rules.recorded_by(await self.consents.scopes(tx, consent), caller.person):
            raise Refusal("review_own")
        review = {
            "organisation": row.organisation, "consent": consent, "version": row.version, "person": caller.person,
            "device": caller.device, "at": self.clock.now(), "outcome": found.outcome,
        }  # fmt: skip
        await store.put_review(tx, review)
        await self.audit.record(tx, _happening(review))
        devices = [record.device for record in (await self.accounts.devices_of(tx, [row.person]))[row.person]]
        tx.after_commit(lambda: self.threads.delivery.changed(devices, "review", consent))
        return {name: review[name] for name in ("person", "at", "outcome")}

    async def of_consent(self, caller: Caller, consent: str) -> list[dict[str, Any]]:
        """`GET /api/consents/{consent}/reviews`, for whoever may read the consent; else the uniform `not_found`."""
        self.limit.take(caller.person)
        async with self.database.read() as tx:
            if not await self.consents.concerns(tx, caller, consent):
                raise Refusal("not_found")
            rows = await store.reviews_of(tx, [consent])
        return [{"organisation": row.organisation, "version": row.version, **_review(row)} for row in rows]


class Finding(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What an officer found, of the version that they looked at, in the name of which organisation."""

    organisation: str
    version: int
    outcome: rules.Outcome


def _review(row: Any) -> dict[str, Any]:
    return {"person": row.person, "at": row.at, "outcome": row.outcome}


def _happening(review: dict[str, Any]) -> Happening:
    said = [{"code": review["outcome"], "who": None, "remedy": "none"}]
    return Happening(
        "review", "recorded", review["person"], review["device"], consent=review["consent"],
        version=review["version"], reasons=said,
    )  # fmt: skip
