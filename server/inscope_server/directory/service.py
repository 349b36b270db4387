"""Finding people, what their organisations sign of them, and the key packages that let them into a thread."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from inscope_protocol.encoding import encode_base64url, plain_hash
from inscope_protocol.key_packages import KeyPackage, parse_key_package

from ..accounts.service import Accounts, PersonName, fold
from ..caller import Caller
from ..clock import Clock
from ..config import Config
from ..database import Database, Transaction
from ..errors import Refusal
from ..web.rate_limit import RateLimit
from . import rules, store


class Directory:
    """As seen from the caller's organisation: what that does not know of is simply not there."""

    def __init__(self, database: Database, clock: Clock, accounts: Accounts, config: Config) -> None:
        self.database, self.clock, self.accounts, self.config = database, clock, accounts, config
        self.searches = RateLimit(clock, per_minute=120, burst=60)
        self.claims = RateLimit(clock, per_minute=60, burst=60)
        self.claims_of_one = RateLimit(clock, per_minute=10, burst=20)

    async def search(self, caller: Caller, query: str) -> list[dict[str, Any]]:
        """API `GET /api/directory`. Raises `malformed` for fewer than two letters, `rate_limited`."""
        self.searches.take(caller.person)
        pattern = rules.search_pattern(fold(query))
        async with self.database.read() as tx:
            found = await self.accounts.listing.search(tx, caller.organisation, pattern)
        return [asdict(person) for person in found]

    async def people_named(self, tx: Transaction, people: Collection[str]) -> dict[str, PersonName]:
        """Names for other features' own answers; no visibility is checked here."""
        return await self.accounts.listing.people_named(tx, people)

    async def statements(self, caller: Caller, people: list[str], devices: list[str]) -> dict[str, Any]:
        """API `POST /api/directory/statements`; people unknown to the caller's organisation are left out."""
        self.searches.take(caller.person)
        async with self.database.read() as tx:
            owners = {record.person for record in (await self.accounts.devices(tx, devices)).values()}
            attestations = await self._visible(tx, caller, {*people, *owners})
            records = await self.accounts.devices_of(tx, attestations)
            for row in await self.accounts.listing.former(tx, caller.organisation, list(attestations)):
                attestations[row.person].append(json.loads(row.envelope))
            organisations = await self.accounts.listing.organisation_statements(tx, caller.organisation)
        found = [
            {
                "person": person,
                "attestations": envelopes,
                "devices": [_device(record.envelope, record.revoked_at) for record in records[person]],
            }
            for person, envelopes in sorted(attestations.items())
        ]
        return {"people": found, "organisations": organisations}

    async def _visible(self, tx: Transaction, caller: Caller, people: Iterable[str]) -> dict[str, list[Any]]:
        """The envelopes of the attestations of each of these people whom the caller may see."""
        found: dict[str, list[Any]] = {}
        for row in await self.accounts.listing.visible(tx, caller.organisation, list(people)):
            found.setdefault(row.person, []).append(json.loads(row.envelope))
        return found

    async def upload(self, caller: Caller, packages: list[bytes]) -> int:
        """Keeps key packages of the caller's device, each once. Returns how many are kept."""
        parsed = [(data, parse_key_package(data)) for data in packages]
        async with self.database.write() as tx:
            now, record = self.clock.now(), await self.accounts.device(tx, caller.device, lock=True)
            if record is None or record.revoked_at is not None:
                raise Refusal("device_revoked")
            for _, package in parsed:
                rules.check_key_package(package, record.device, record.device_key, self.config.suite, now)
            await store.forget_expired(tx, caller.device, now)
            there = await store.hashes(tx, caller.device)
            rows = {row["package_hash"]: row for row in (_row(caller.device, *each) for each in parsed)}
            fresh = [row for key, row in rows.items() if key not in there]
            rules.check_room(len(there), len(fresh))
            await store.add(tx, fresh)
            return len(there) + len(fresh)

    async def count(self, caller: Caller) -> int:
        async with self.database.read() as tx:
            return await store.available(tx, caller.device, self.clock.now())

    async def claim(self, caller: Caller, people: list[str]) -> dict[str, Any]:
        """One key package for each active device of these people; people without are `missing`."""
        self.claims.take(caller.person)
        unserved: set[str] = set()
        try:
            for person in people:
                self.claims_of_one.take(caller.person, person)
                unserved.add(person)
            async with self.database.write() as tx:
                taken = await self._take(tx, caller, await self._visible(tx, caller, people))
            unserved -= {entry["person"] for entry in taken}
        finally:
            for person in unserved:
                self.claims_of_one.give_back(caller.person, person)
        return {"key_packages": taken, "missing": [person for person in people if person in unserved]}

    async def _take(self, tx: Transaction, caller: Caller, people: Collection[str]) -> list[dict[str, str]]:
        taken, now = [], self.clock.now()
        records = await self.accounts.devices_of(tx, people)
        for record in (record for person in sorted(records) for record in records[person]):
            if not record.is_active or record.device == caller.device:
                continue
            package = await store.take(tx, record.device, now)
            if package is not None:
                place = {"person": record.person, "device": record.device}
                taken.append({**place, "key_package": encode_base64url(package)})
        return taken


def _device(envelope: str, revoked_at: int | None) -> dict[str, Any]:
    entry = {"device": json.loads(envelope)}
    return entry if revoked_at is None else {**entry, "revoked_at": revoked_at}


def _row(device: str, data: bytes, package: KeyPackage) -> dict[str, Any]:
    not_after = min(package.not_after * 1000, 2**53 - 1)
    return {"device": device, "package": data, "package_hash": plain_hash(data), "not_after": not_after}
