"""Threads: creation, the roster, commits, the log and its welcomes (SPEC S6)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.framing import Commit, parse_commit
from inscope_protocol.statements import Envelope

from ..accounts.service import Accounts
from ..caller import Caller
from ..clock import Clock
from ..database import Database, Transaction
from ..errors import Refusal
from ..web.rate_limit import RateLimit
from . import entry, rules, store
from .delivery import Delivery
from .entry import Tombstone
from .gate import Gate, GateRefusal
from .rules import Member, Newcomer

__all__ = ["Threads", "Tombstone"]

RESTORED_GAP = 1_000_000_000
"""More entries than a thread can have had since a backup: what comes after it has a number that no device has seen."""


class Threads:
    """`gate` is set when the application is composed; `delivery` tells connected devices."""

    gate: Gate

    def __init__(self, database: Database, clock: Clock, accounts: Accounts, delivery: Delivery, suite: int) -> None:
        self.database, self.clock, self.accounts, self.delivery = database, clock, accounts, delivery
        self.suites = {suite, 61454, 3}
        self.commits = RateLimit(clock, per_minute=60, burst=60)

    async def create(self, caller: Caller, thread: str, kind: str, purpose: str, suite: int) -> None:
        """The caller's device sits at leaf 0 of epoch 0 (S6.1). The same request again is fine."""
        rules.check_kind(kind, purpose)
        if suite not in self.suites:
            raise Refusal("malformed", "This cipher suite is not in use here.")
        row = {"thread": thread, "kind": kind, "purpose": purpose, "suite": suite, "epoch": 0, "head": 0}
        member = {
            "thread": thread,
            "leaf": 0,
            "device": caller.device,
            "person": caller.person,
            "joined_seq": 0,
        }

        async def create(tx: Transaction) -> None:
            if await store.load(tx, thread) is not None:
                await self._same_again(tx, caller, row)
                return
            await store.create(tx, {**row, "created_at": self.clock.now()}, member)

        await self.database.run(create)

    async def _same_again(self, tx: Transaction, caller: Caller, row: dict[str, Any]) -> None:
        standing = await self.require(tx, caller, row["thread"])
        if any(getattr(standing, key) != row[key] for key in ("kind", "purpose", "suite")) or standing.epoch:
            raise Refusal("malformed", "A thread with this id exists already.")

    async def require(self, tx: Transaction, caller: Caller, thread: str, *, hold: bool = False) -> Any:
        """The thread's row, and `joined_seq`, if the caller's device is in its roster; else the uniform `not_found`.

        With `hold` the device cannot be removed before this transaction ends.
        """
        row = await store.seat(tx, thread, caller.device, hold=hold)
        if row is None:
            raise Refusal("not_found")
        return row

    async def members(self, tx: Transaction, thread: str) -> list[Member]:
        rows = await store.members(tx, thread)
        return [Member(row.leaf, row.device, row.person, row.joined_seq) for row in rows]

    async def kinds(self, tx: Transaction, threads: Sequence[str]) -> dict[str, str]:
        return await store.kinds(tx, threads)

    async def people(self, tx: Transaction, thread: str) -> list[str]:
        """Everyone with a device in the roster, each once, in leaf order."""
        return list(dict.fromkeys(member.person for member in await self.members(tx, thread)))

    async def listing(self, caller: Caller) -> list[dict[str, Any]]:
        async with self.database.read() as tx:
            rows = await store.of_device(tx, caller.device)
            return [await self._listed(tx, row) for row in rows]

    async def _listed(self, tx: Transaction, row: Any) -> dict[str, Any]:
        roster = [{"device": m.device, "person": m.person, "leaf": m.leaf} for m in await self.members(tx, row.thread)]
        keys = ("thread", "kind", "purpose", "suite", "epoch", "head", "joined_seq")
        return {**{key: getattr(row, key) for key in keys}, "roster": roster}

    async def log(self, caller: Caller, thread: str, after: int, limit: int) -> dict[str, Any]:
        """Entries after `after`, never from before the device joined; `limit` of them, or one page of bytes."""
        async with self.database.read() as tx:
            seat = await self.require(tx, caller, thread)
            rows = await store.log(tx, thread, max(after, seat.joined_seq), limit)
        return {"entries": [entry.encoded(*row) for row in rows], "head": seat.head}

    async def statement(self, tx: Transaction, thread: str, message: str, disclosure: str) -> Envelope:
        """The one with which a disclosure came into the thread (S7.7)."""
        return entry.statement_in(await store.detail(tx, thread, message), disclosure)

    async def admit_commit(self, caller: Caller, thread: str) -> None:
        """Before anything of a commit is read, which takes the server time: raises `not_found`, `rate_limited`."""
        self.commits.take(caller.device)
        async with self.database.read() as tx:
            await self.require(tx, caller, thread)

    async def commit(
        self,
        caller: Caller,
        thread: str,
        raw: bytes,
        welcome: bytes | None,
        adds: list[str],
        removes: list[str],
    ) -> dict[str, int]:
        """One commit an epoch, all of it or nothing (S6.3, invariants 4 and 5)."""
        commit = parse_commit(raw)
        rules.check_welcome(welcome, commit)
        try:
            return await self.database.run(
                lambda tx: self._commit(tx, caller, thread, commit, raw, welcome, adds, removes)
            )
        except GateRefusal as refusal:
            await self.gate.log_denials(refusal.denials)
            raise

    async def _commit(
        self,
        tx: Transaction,
        caller: Caller,
        thread: str,
        commit: Commit,
        raw: bytes,
        welcome: bytes | None,
        adds: list[str],
        removes: list[str],
    ) -> dict[str, int]:
        await self.require(tx, caller, thread)
        people = [new.person for new in (await self._newcomers(tx, adds)).values()]
        held = await self.gate.before_add(tx, thread, people)
        newcomers = await self._newcomers(tx, adds)  # Held now: whom a revocation has just ended does not get in.
        row = (await store.lock(tx, [thread]))[thread]
        members = await self.members(tx, thread)
        committer = next((member for member in members if member.device == caller.device), None)
        if committer is None:
            raise Refusal("not_found")
        own = await self.accounts.device(tx, caller.device)
        if own is None or not own.is_active:
            raise Refusal("not_attested")
        rules.check_commit(commit, thread, row.epoch, committer, own.device_key)
        freed, joined = rules.new_roster(commit, members, adds, removes, newcomers, row.suite)
        rules.check_welcome_size(welcome, len(members) - len(freed) + len(joined))
        if adds:
            await self.gate.decide_add(tx, caller, thread, people, held)
        await self._store_commit(tx, caller, row, raw, welcome, removes, freed, joined)
        if freed:
            await self.gate.after_remove(tx, thread)
        return {"seq": row.head + 1, "epoch": row.epoch + 1}

    async def _newcomers(self, tx: Transaction, adds: list[str]) -> dict[str, Newcomer]:
        """Certified, unrevoked devices of attested people; anything else is `not_attested`."""
        records = await self.accounts.devices(tx, adds)
        if any(device not in records or not records[device].is_active for device in adds):
            raise Refusal("not_attested", "A device to be added is unknown, revoked or not confirmed.")
        return {device: Newcomer(device, record.person, record.device_key) for device, record in records.items()}

    async def _store_commit(
        self,
        tx: Transaction,
        caller: Caller,
        row: Any,
        raw: bytes,
        welcome: bytes | None,
        removes: list[str],
        freed: list[int],
        joined: list[Member],
    ) -> None:
        seq, thread = row.head + 1, row.thread
        before = [member.device for member in await self.members(tx, thread)]
        added = [member.device for member in joined]
        record = entry.commit_row(thread, seq, self.clock.now(), caller.device, row.epoch, raw, added, removes)
        rows = [
            {"thread": thread, "leaf": m.leaf, "device": m.device, "person": m.person, "joined_seq": seq}
            for m in joined
        ]
        await store.change_roster(tx, thread, freed, rows)
        await store.append(tx, [record], [{"of": thread, "head": seq, "epoch": row.epoch + 1}])
        letter = {"thread": thread, "epoch": row.epoch + 1, "seq": seq, "by": caller.device}
        for device in removes:
            await store.drop_welcome(tx, device, thread, row.epoch)
        await store.put_welcomes(tx, [{**letter, "device": device} for device in added], welcome)

        async def tell() -> None:
            await self.delivery.entry(before, entry.as_json(record))
            await self.delivery.welcome(added, thread)

        tx.after_commit(tell)

    async def tombstones(self, tx: Transaction, said: Sequence[Tombstone]) -> None:
        """Tells threads what became of images, in this order, in the transaction that changed them (S7.9)."""
        if not said:
            return
        held, now = await store.lock(tx, [one.thread for one in said]), self.clock.now()
        heads = {thread: row.head for thread, row in held.items()}
        records = []
        for one in said:
            heads[one.thread] += 1
            records.append(entry.tombstone_row(one, heads[one.thread], now))
        await store.append(
            tx, records, [{"of": thread, "head": heads[thread], "epoch": row.epoch} for thread, row in held.items()]
        )
        devices = {thread: [member.device for member in await self.members(tx, thread)] for thread in held}
        for record in records:
            tx.after_commit(partial(self._tell, devices[record["thread"]], record))

    async def _tell(self, devices: list[str], record: dict[str, Any]) -> None:
        await self.delivery.entry(devices, entry.as_json(record))

    async def tell_restored(self, tx: Transaction) -> int:
        """Every thread of a restored database goes on at numbers that it never had; how many threads there are."""
        rows = await store.every(tx)
        for row in rows:
            seq = row.head + RESTORED_GAP
            record = entry.restored_row(row.thread, seq, self.clock.now(), row.epoch, row.head)
            await store.append(tx, [record], [{"of": row.thread, "head": seq, "epoch": row.epoch}])
        return len(rows)

    async def lock_all(self, tx: Transaction, ids: list[str]) -> None:
        await store.lock(tx, sorted(set(ids)))

    async def load(self, tx: Transaction, thread: str) -> Any:
        return await store.load(tx, thread)

    async def with_person(self, tx: Transaction, person: str) -> list[str]:
        """Threads in whose roster this person has a device."""
        return await store.with_person(tx, person)

    async def with_device(self, tx: Transaction, device: str) -> list[str]:
        """Threads in whose roster this device is."""
        return [row.thread for row in await store.of_device(tx, device)]

    async def devices_with(self, tx: Transaction, person: str) -> list[str]:
        """Every device in the threads of this person."""
        return await store.devices_with(tx, person)

    async def welcomes(self, caller: Caller) -> dict[str, Any]:
        """`more`: there are others, for when these have been acknowledged."""
        async with self.database.read() as tx:
            rows, more = await store.welcomes_of(tx, caller.device)
        keys = ("thread", "kind", "purpose", "suite", "epoch", "seq", "at", "by")
        told = [{**{key: getattr(row, key) for key in keys}, "welcome": encode_base64url(row.welcome)} for row in rows]
        return {"welcomes": told, "more": more}

    async def acknowledge_welcome(self, caller: Caller, thread: str, epoch: int) -> None:
        async with self.database.write() as tx:
            await store.drop_welcome(tx, caller.device, thread, epoch)
