"""Accounts as other features see them: who asks, whose device it is, what organisations say of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert

from inscope_protocol.public_keys import is_signing_key
from inscope_protocol.types import Attestation

from ..audit.service import Audit
from ..caller import Caller
from ..changes import Changes
from ..clock import Clock
from ..config import Config
from ..database import Database, Transaction
from ..errors import Refusal
from . import rules, staff, store
from .attesting import Attesting, known_row
from .device_links import DeviceLinks
from .enrolment import Enrolments
from .folding import fold
from .gateways import Gateways
from .listing import Listing, PersonName
from .records import DeviceRecord, attestation_record, device_record
from .sign_in_nonces import SignInNonces
from .signing_in import Sessions
from .staff import PARTS, Only, Sought, StaffMember, StaffPlace, own_people
from .tables import known_organisations, organisations

__all__ = [
    "PARTS", "Accounts", "DeviceRecord", "Only", "PersonName", "Sought", "StaffMember", "StaffPlace", "fold",
    "own_people", "staff",
]  # fmt: skip


class Accounts:
    """Composes enrolment, attesting and signing in; answers questions inside other features' transactions."""

    def __init__(self, database: Database, clock: Clock, audit: Audit, changes: Changes, config: Config) -> None:
        self.database, self.clock, self.config = database, clock, config
        self.audit = audit
        nonces = SignInNonces(clock, audit.key.secret_for("sign-in nonces"))
        self.sessions = Sessions(database, clock, audit, changes, config, nonces)
        self.enrolments = Enrolments(database, clock, self.sessions)
        self.attesting = Attesting(database, clock, audit, changes)
        self.device_links = DeviceLinks(database, clock, audit, changes)
        self.listing = Listing(clock)
        self.gateways = Gateways(database, clock, config.origin)
        self.also_tells: dict[str, Callable[[], Any]] = {}  # What features above add to every session's description.

    async def register_organisation(self, organisation: str, name: str, key: bytes) -> None:
        """The operator's act: this key's statements are taken. Raises Refusal when another key stands."""
        rules.check_names(name)
        if not is_signing_key(key):
            raise Refusal("malformed", "This is no key that signs.")
        async with self.database.write() as tx:
            there = await store.organisation(tx, organisation)
            if there is not None and there.key != key:
                raise Refusal("malformed", "This organisation is registered with another key.")
            if there is None:
                row = {
                    "organisation": organisation,
                    "name": name,
                    "key": key,
                    "registered_at": self.clock.now(),
                }
                await tx.execute(insert(organisations).values(**row))
                itself = {"knower": organisation, **known_row(organisation, name)}
                await tx.execute(insert(known_organisations).values(**itself))

    async def organisations_served(self) -> list[Any]:
        """Rows (organisation, name, key, registered_at, people), by name."""
        async with self.database.read() as tx:
            return await store.organisations_served(tx)

    async def caller(self, token: str) -> Caller | None:
        """Whose session cookie this is, or None."""
        return await self.sessions.caller(token)

    async def callers(self, tokens: Collection[str]) -> dict[str, Caller]:
        """Whose session cookies these are; nobody's are not in it."""
        return await self.sessions.callers(tokens)

    async def hold(self, tx: Transaction, people: Collection[str]) -> None:
        """Their attestations and devices cannot change before this transaction ends.

        Take it before a thread's lock: an arriving attestation holds its person while it decides that person's threads
        again.
        """
        await store.share_people(tx, people)

    async def attestations_of(self, tx: Transaction, people: Collection[str]) -> dict[str, list[Attestation]]:
        """The standing attestations of each person, verified when they were taken; nobody's is an empty list."""
        found: dict[str, list[Attestation]] = {person: [] for person in people}
        for row in await store.attestations_of(tx, people):
            found[row.person].append(attestation_record(row))
        return found

    async def devices_of(self, tx: Transaction, people: Collection[str]) -> dict[str, list[DeviceRecord]]:
        """Every device of each person, revoked and unattested ones too."""
        found: dict[str, list[DeviceRecord]] = {person: [] for person in people}
        for record in await self._records(tx, await store.devices_of(tx, people)):
            found[record.person].append(record)
        return found

    async def devices(
        self,
        tx: Transaction,
        devices: Collection[str],
        attestations: Mapping[str, Sequence[Attestation]] | None = None,
    ) -> dict[str, DeviceRecord]:
        """Those of these devices that exist. `attestations`: of their people, where the caller has them already."""
        records = await self._records(tx, await store.devices_by_id(tx, devices), attestations)
        return {record.device: record for record in records}

    async def device(self, tx: Transaction, device: str, lock: bool = False) -> DeviceRecord | None:
        """None for one that never was. With `lock`, one transaction at a time acts for this device."""
        records = await self._records(tx, await store.devices_by_id(tx, [device], lock=lock))
        return records[0] if records else None

    async def is_attested(self, tx: Transaction, device: str) -> bool:
        """S3.6 at this moment; False for a device that never was or is revoked."""
        record = await self.device(tx, device)
        return record is not None and record.is_active

    async def _records(
        self, tx: Transaction, rows: list[Any], attestations: Mapping[str, Sequence[Attestation]] | None = None
    ) -> list[DeviceRecord]:
        if attestations is None:
            attestations = await self.attestations_of(tx, {row.person for row in rows})
        return [device_record(row, attestations[row.person], self.clock.now()) for row in rows]

    async def describe(self, caller: Caller) -> dict[str, Any]:
        """`GET /api/session`, but for what other features add."""
        async with self.database.read() as tx:
            person = await store.person(tx, caller.person)
        return {
            "person": caller.person,
            "device": caller.device,
            "display_name": person.display_name,
            "organisation": caller.organisation,
            "csrf": caller.csrf,
            "attested": caller.attested,
            "expires_at": caller.expires_at,
            "server_time": self.clock.now(),
            "suite": self.config.suite,
            "policy": self.config.policy_name,
            "demo": self.config.demo,
            **{name: tell() for name, tell in self.also_tells.items()},
            "log": self.audit.identity(),
        }

    async def own_attestations(self, caller: Caller) -> list[Any]:
        """`GET /api/attestations`: what stands of the caller, whether or not it is about this device's identity key."""
        async with self.database.read() as tx:
            return await self.attesting.envelopes(tx, caller.person)

    async def own_devices(self, caller: Caller) -> list[dict[str, Any]]:
        """`GET /api/devices`: all of the person's, to one of them that is attested; to any other, itself (S4.8)."""
        async with self.database.read() as tx:
            records = (await self.devices_of(tx, [caller.person]))[caller.person]
        return [_listed(record) for record in records if caller.attested or record.device == caller.device]


def _listed(record: DeviceRecord) -> dict[str, Any]:
    certificate = record.certificate
    entry: dict[str, Any] = {
        "device": record.device,
        "label": certificate.label,
        "created_at": certificate.created_at,
        "confirmed": record.is_attested,
        "invited": record.added_by is None,
    }
    if record.signed_in_on is not None:
        entry["signed_in_on"] = record.signed_in_on
    return entry if record.revoked_at is None else {**entry, "revoked_at": record.revoked_at}
