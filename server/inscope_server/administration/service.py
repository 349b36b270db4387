"""What an organisation's administrator sees of its own people, and the one act: ending a lost device (SPEC S4.7)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from inscope_protocol.types import Attestation

from ..accounts.service import Accounts, Sought, StaffMember, StaffPlace, own_people, staff
from ..audit.service import Audit, Denial
from ..caller import Caller
from ..clock import Clock, day_of
from ..database import Database, Transaction
from ..errors import Refusal
from ..threads.service import Threads
from ..web.rate_limit import RateLimit
from . import rules
from .place import denial_place, staff_place

BATCH = 1000


class Administration:
    """Of people of other organisations nothing is told, and of patients nothing is read. Looking writes nothing."""

    def __init__(
        self, database: Database, clock: Clock, accounts: Accounts, threads: Threads, audit: Audit, time_zone: str
    ) -> None:
        self.database, self.clock, self.accounts, self.threads = database, clock, accounts, threads
        self.audit, self.time_zone = audit, time_zone
        self.limit = RateLimit(clock, per_minute=120, burst=120)
        self.revocations = RateLimit(clock, per_minute=1, burst=10)

    async def admit(self, caller: Caller) -> None:
        """Before anything of a request is read. Raises `not_found` for who is no administrator, then `rate_limited`."""
        async with self.database.read() as tx:
            await self._office(tx, caller)
        self.limit.take(caller.person)

    async def _office(self, tx: Transaction, caller: Caller) -> None:
        held = await self.accounts.attestations_of(tx, [caller.person])
        if not rules.administers(held[caller.person], caller.organisation, self.clock.now()):
            raise Refusal("not_found")

    def _sought(self, caller: Caller, name: str = "", only: Any = None) -> Sought:
        now = self.clock.now()
        return Sought(caller.organisation, now, now + rules.SOON, rules.check_name(name), only)

    async def overview(self, caller: Caller) -> dict[str, Any]:
        """`GET /api/administration`, once admitted, as all that follows."""
        async with self.database.read() as tx:
            return {"organisation": caller.organisation, **await staff.counts(tx, self._sought(caller))}

    async def people(self, caller: Caller, name: str, only: Any, after: StaffPlace | None, most: int) -> dict[str, Any]:
        """`GET /api/administration/people`. `name`: letters of theirs; `only`: those of whom this holds."""
        async with self.database.read() as tx:
            rows = await staff.page(tx, self._sought(caller, name, only), after, most + 1)
        told = [self._member(row) for row in rows[:most]]
        return {"people": told, "next": staff_place(rows[most - 1]) if len(rows) > most else None}

    async def person(self, caller: Caller, person: str) -> dict[str, Any]:
        """`GET /api/administration/people/{person}`: and their devices. `not_found` for another organisation's."""
        async with self.database.read() as tx:
            row = await staff.one(tx, self._sought(caller), person)
            if row is None:
                raise Refusal("not_found")
            devices = (await self.accounts.devices_of(tx, [person]))[person]
        return {"person": self._member(row), "devices": [_device(one) for one in devices]}

    async def revoke(self, caller: Caller, device: str) -> None:
        """`POST /api/administration/devices/{device}/revoke`: for good, logged; again is fine."""
        self.revocations.take(caller.person)
        await self.database.run(lambda tx: self._revoke(tx, caller, device))

    async def _revoke(self, tx: Transaction, caller: Caller, device: str) -> None:
        await self.accounts.hold(tx, [caller.person])
        await self._office(tx, caller)
        await self.accounts.sessions.revoke_of(tx, caller, device)

    async def denials(self, caller: Caller, before: tuple[int, int] | None, most: int) -> dict[str, Any]:
        """`GET /api/administration/denials`: of the last 30 days, the newest first."""
        async with self.database.read() as tx:
            found = await self._denials(tx, caller, before, most + 1)
            told = await self._told(tx, found[:most])
        return {"denials": told, "next": denial_place(found[most - 1]) if len(found) > most else None}

    async def denial_days(self, caller: Caller) -> dict[str, Any]:
        """`GET /api/administration/denials/days`: the same counted, a day and a reason at a time."""
        said: list[tuple[str, tuple[str, ...]]] = []
        before: tuple[int, int] | None = None
        async with self.database.read() as tx:
            while found := await self._denials(tx, caller, before, BATCH):
                said += [(day_of(one.at, self.time_zone), one.codes) for one in found]
                before = (found[-1].at, found[-1].seq)
        return {"days": [asdict(one) for one in rules.by_day(said)]}

    async def _denials(
        self, tx: Transaction, caller: Caller, before: tuple[int, int] | None, most: int
    ) -> list[Denial]:
        since = self.clock.now() - rules.LOOKED_BACK
        return await self.audit.denials(tx, own_people(caller.organisation), since, before, most)

    async def _told(self, tx: Transaction, denials: list[Denial]) -> list[dict[str, Any]]:
        names = await self.accounts.listing.people_named(tx, {one.person for one in denials})
        ids = {one.thread for one in denials if one.thread is not None}
        threads = {thread: await self.threads.load(tx, thread) for thread in sorted(ids)}
        return [_denied(one, names[one.person].display_name, threads.get(one.thread or "")) for one in denials]

    def _member(self, row: StaffMember) -> dict[str, Any]:
        said = row.attestation
        return {
            "person": row.person, "display_name": row.display_name,
            "roles": list(said.roles) if said else [], "teams": list(said.teams) if said else [],
            "standing": rules.standing(said, self.clock.now()), "attestation": _attested(said),
            "waiting": row.waiting, "has_device": row.has_device,
        }  # fmt: skip


def _attested(said: Attestation | None) -> dict[str, Any] | None:
    return None if said is None else {name: getattr(said, name) for name in ("serial", "valid_from", "valid_until")}


def _device(record: Any) -> dict[str, Any]:
    return {
        "device": record.device, "label": record.certificate.label, "created_at": record.certificate.created_at,
        "confirmed": record.is_attested, "invited": record.added_by is None,
        "signed_in_on": record.signed_in_on, "revoked_at": record.revoked_at,
    }  # fmt: skip


def _denied(denial: Denial, name: str, thread: Any) -> dict[str, Any]:
    """Neither what it was about nor who else was named: a clinician of the thread can read that."""
    return {
        "person": denial.person, "display_name": name, "at": denial.at, "attempt": denial.event,
        "kind": getattr(thread, "kind", None), "purpose": getattr(thread, "purpose", None), "codes": list(denial.codes),
    }  # fmt: skip
