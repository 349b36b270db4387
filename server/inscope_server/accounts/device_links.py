"""A device beside the first: offered, asked for, confirmed by the device that holds the identity key (SPEC S4.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inscope_protocol.device_link import device_link_commitment, device_link_token_hash
from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.types import Device

from ..audit.service import Audit, Happening
from ..caller import Caller
from ..changes import Changes
from ..clock import Clock
from ..database import Database, Transaction
from ..errors import Refusal
from ..web.rate_limit import RateLimit
from . import device_link_store, rules, store
from .records import DeviceRecord, attestation_record, device_record
from .signed import claimed_signer, stored, verified


@dataclass(frozen=True)
class Asking:
    """What the new device says of itself; `proof` is for the first device to check."""

    device: str
    device_key: str
    label: str
    proof: str


class DeviceLinks:
    """Whatever is wrong with a link is `link_invalid`, and counts against the address that showed it."""

    def __init__(self, database: Database, clock: Clock, audit: Audit, changes: Changes) -> None:
        self.database, self.clock, self.audit, self.changes = database, clock, audit, changes
        self.offers = RateLimit(clock, per_minute=1, burst=10)
        self.wrong_tokens = RateLimit(clock, per_minute=10, burst=20)

    # The first device's side

    async def offer(self, caller: Caller, token_hash: str, commitment: str) -> int:
        """Until when it is good. Raises `rate_limited`, or `too_large` where no further device is allowed."""
        self.offers.take(caller.person)
        async with self.database.write() as tx:
            now = self.clock.now()
            await store.devices_by_id(tx, [caller.device], lock=True)
            await self._check_room(tx, caller)
            if await device_link_store.of_token(tx, token_hash, now) is not None:
                raise Refusal("malformed", "Another link has this token.")
            row = {"token_hash": token_hash, "device": caller.device, "commitment": commitment}
            await device_link_store.put(tx, {**row, "state": "open", "expires_at": now + rules.LINK_LASTS}, now)
        return now + rules.LINK_LASTS

    async def offered(self, caller: Caller) -> dict[str, Any] | None:
        """The link that the caller's device has made, and what asks to come by it."""
        async with self.database.read() as tx:
            row = await device_link_store.of_device(tx, caller.device, self.clock.now())
        if row is None:
            return None
        told = {"token_hash": row.token_hash, "expires_at": row.expires_at, "state": row.state}
        return told if row.asking is None else {**told, "asking": _asking(row)}

    async def reveal(self, caller: Caller, opened: str) -> None:
        """Tells the device that asked what the link's commitment holds. Again is fine."""
        async with self.database.write() as tx:
            row = await self._own(tx, caller)
            if encode_base64url(device_link_commitment(decode_base64url(opened, 32))) != row.commitment:
                raise Refusal("statement_mismatch")
            if not await device_link_store.move(tx, row.token_hash, "met", opened=opened):
                raise Refusal("link_invalid")

    async def give_up(self, caller: Caller) -> None:
        """Whether or not there is one. What was added by it already stays, until it is revoked."""
        async with self.database.write() as tx:
            await device_link_store.end(tx, caller.device)

    async def add(self, caller: Caller, certificate: object) -> None:
        """The device that asked becomes one of the caller's person. Again is fine, with the very same certificate."""
        parsed, signer = claimed_signer(certificate, "per")
        envelope = stored(parsed)
        async with self.database.write() as tx:
            await store.person(tx, caller.person, lock=True)
            own = await self._record(tx, caller.device)
            if own is None or not own.is_active:
                raise Refusal("not_attested")
            said = verified(parsed, "device", Device, signer, decode_base64url(own.certificate.identity_key))
            if await self._is_there(tx, said, envelope, caller.device):
                return
            row = await self._own(tx, caller)
            asked = (row.asking, row.asking_key, row.label)
            rules.check_added_device(said, own.certificate, asked, self.clock.now())
            await self._check_room(tx, caller)
            if not await device_link_store.move(tx, row.token_hash, "added"):
                raise Refusal("link_invalid")
            await self._add(tx, said, envelope, caller)

    async def _add(self, tx: Transaction, said: Device, envelope: str, caller: Caller) -> None:
        await store.add_device(tx, said, envelope, added_by=caller.device)
        await self.changes.person(tx, caller.person)
        await self.audit.record(tx, Happening("device", "recorded", caller.person, said.device))

    async def _own(self, tx: Transaction, caller: Caller) -> Any:
        """The link that this device has made, once another has asked by it."""
        row = await device_link_store.of_device(tx, caller.device, self.clock.now())
        if row is None or row.state not in device_link_store.ASKED:
            raise Refusal("link_invalid")
        return row

    async def _is_there(self, tx: Transaction, said: Device, envelope: str, by: str) -> bool:
        there = await store.devices_by_id(tx, [said.device])
        if there and (there[0].envelope != envelope or there[0].added_by != by):
            raise Refusal("malformed", "A device has this identifier or key already.")
        return bool(there)

    # The new device's side

    async def look(self, token: bytes, address: str) -> dict[str, Any]:
        """Whose link it is; uses nothing up."""
        async with self.database.read() as tx:
            row = await self._shown(tx, token, address, ("open",))
            first = await self._record(tx, row.device)
        return {
            "person": row.person, "display_name": row.display_name, "organisation": row.organisation,
            "organisation_name": row.name, "organisation_key": encode_base64url(row.key),
            "identity_key": first.certificate.identity_key if first else "", "commitment": row.commitment,
            "expires_at": row.expires_at,
        }  # fmt: skip

    async def ask(self, token: bytes, asking: Asking, address: str) -> int:
        """Uses the link up for this device; until when its owner can confirm it. Also where another has its identifier
        or key: who holds a link learns by it of one device at most.
        """
        rules.check_asking(asking.label, decode_base64url(asking.device_key))
        async with self.database.write() as tx:
            now = self.clock.now()
            row = await self._shown(tx, token, address, ("open",))
            until = now + rules.LINK_LASTS
            changes = {
                "asking": asking.device, "asking_key": asking.device_key, "label": asking.label,
                "proof": asking.proof, "expires_at": until,
            }  # fmt: skip
            if not await device_link_store.take(tx, row.token_hash, changes, now):
                raise Refusal("link_invalid")
            is_taken = await store.is_another_device(tx, asking.device, asking.device_key)
            if is_taken:
                await device_link_store.end(tx, row.device)
        if is_taken:
            self.wrong_tokens.take(address)
            raise Refusal("link_invalid")
        return until

    async def state(self, token: bytes, device: str, address: str) -> dict[str, Any]:
        """How it stands, to the device that asked by it: `asked`, `met` with what was opened, `added` or `ended`."""
        async with self.database.read() as tx:
            row = await self._shown(tx, token, address, ("asked", "met", "added", "ended"))
        if row.asking != device:
            self.wrong_tokens.take(address)
            raise Refusal("link_invalid")
        told = {"state": row.state, "expires_at": row.expires_at}
        return told if row.opened is None else {**told, "opened": row.opened}

    async def _shown(self, tx: Transaction, token: bytes, address: str, states: tuple[str, ...]) -> Any:
        token_hash = encode_base64url(device_link_token_hash(token))
        row = await device_link_store.of_token(tx, token_hash, self.clock.now())
        first = None if row is None else await self._record(tx, row.device)
        if row is None or first is None or not first.is_active or row.state not in states:
            self.wrong_tokens.take(address)
            raise Refusal("link_invalid")
        return row

    async def _record(self, tx: Transaction, device: str) -> DeviceRecord | None:
        rows = await store.devices_by_id(tx, [device])
        said = [attestation_record(row) for row in await store.attestations_of(tx, [rows[0].person])] if rows else []
        return device_record(rows[0], said, self.clock.now()) if rows else None

    async def _check_room(self, tx: Transaction, caller: Caller) -> None:
        certificates = {
            row.device: device_record(row, [], self.clock.now()).certificate
            for row in await store.devices_of(tx, [caller.person])
            if row.revoked_at is None
        }
        rules.check_room_for_device(certificates, caller.device, self.clock.now())


def _asking(row: Any) -> dict[str, Any]:
    return {"device": row.asking, "device_key": row.asking_key, "label": row.label, "proof": row.proof}
