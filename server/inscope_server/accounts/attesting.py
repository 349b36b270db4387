"""Taking what organisations sign: who a person is, and which organisations they know (SPEC S3.6, S3.7)."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.statements import Envelope
from inscope_protocol.types import Attestation, Device, Organisations, encode_payload

from ..audit.service import Audit, Happening
from ..changes import Changes
from ..clock import Clock
from ..database import Database, Transaction
from ..errors import Refusal
from . import rules, store
from .enrolment import organisation_key
from .folding import fold
from .records import attestation_record
from .signed import claimed_signer, stored, verified


class Attesting:
    """Every accepted attestation is decided upon anew in its own transaction, through `changes`."""

    def __init__(self, database: Database, clock: Clock, audit: Audit, changes: Changes) -> None:
        self.database, self.clock, self.audit, self.changes = database, clock, audit, changes

    async def attest(self, envelope: object) -> None:
        """Makes this the standing attestation. Raises as `rules.check_attestation`, or ProtocolError."""
        parsed, signer = claimed_signer(envelope, "org")
        async with self.database.write() as tx:
            key = await organisation_key(tx, signer)
            attestation = verified(parsed, "attestation", Attestation, signer, key)
            person = await store.person(tx, attestation.person, lock=True)
            if person is None:
                raise Refusal("not_found")
            rules.check_attestation(attestation, signer, await self._standing(tx, person.organisation, attestation))
            await self._keep(tx, attestation, stored(parsed), is_home=signer == person.organisation)
            await self.changes.person(tx, attestation.person)
            await self.audit.record(tx, Happening("attestation", "recorded", person=attestation.person))

    async def envelopes(self, tx: Transaction, person: str) -> list[Any]:
        """What stands of a person, by every organisation."""
        return [json.loads(row.envelope) for row in await store.attestations_of(tx, [person])]

    async def attest_again(self, tx: Transaction, envelope: object) -> None:
        """What a restored database has forgotten, unless it holds a newer one. Of people unknown to it: nothing."""
        parsed, signer = claimed_signer(envelope, "org")
        attestation = verified(parsed, "attestation", Attestation, signer, await organisation_key(tx, signer))
        person = await store.person(tx, attestation.person, lock=True)
        if person is None:
            return
        standing = await self._standing(tx, person.organisation, attestation)
        if standing.serial is None or attestation.serial > standing.serial:
            await self._keep(tx, attestation, stored(parsed), is_home=signer == person.organisation)

    async def due(self, tx: Transaction, after: str, most: int) -> list[str]:
        """People of whom an attestation has begun or ended by time alone: the next ones by their ids."""
        return await store.people_due(tx, self.clock.now(), after, most)

    async def passed(self, tx: Transaction, person: str) -> None:
        """Decides anew upon a person whom time has changed, and notes what comes next."""
        await store.person(tx, person, lock=True)
        await self.changes.person(tx, person)
        for row in await store.attestations_of(tx, [person]):
            await store.note_next_instant(
                tx, row, rules.next_instant(row.valid_from, row.valid_until, self.clock.now())
            )

    async def _standing(self, tx: Transaction, home: str, attestation: Attestation) -> rules.Standing:
        rows = await store.attestations_of(tx, [attestation.person])
        found = {row.organisation: attestation_record(row) for row in rows}
        own, at_home = found.get(attestation.organisation), found.get(home)
        return rules.Standing(home, own.serial if own else None, at_home.identity_key if at_home else None)

    async def _keep(self, tx: Transaction, attestation: Attestation, envelope: str, is_home: bool) -> None:
        row = {
            name: getattr(attestation, name)
            for name in ("organisation", "person", "serial", "valid_from", "valid_until")
        }
        row["next_instant"] = rules.next_instant(attestation.valid_from, attestation.valid_until, self.clock.now())
        row |= {"payload": encode_payload(attestation), "envelope": envelope}
        if is_home:
            await _void_other_keys(tx, attestation)
        await store.replace_attestation(tx, row, attestation.teams)
        if is_home:
            await store.rename(tx, attestation.person, attestation.display_name)
            await self._settle(tx, attestation)

    async def _settle(self, tx: Transaction, attestation: Attestation) -> None:
        for row in await store.unsettled_devices(tx, attestation.organisation, attestation.person):
            if msgspec.json.decode(row.payload, type=Device).identity_key == attestation.identity_key:
                await store.settle(tx, row.token_hash, self.clock.now())

    async def introduce(self, envelope: object) -> None:
        """Takes the list of known organisations of its signer. Its own entry must name the registered key."""
        parsed, signer = claimed_signer(envelope, "org")
        async with self.database.write() as tx:
            key = await organisation_key(tx, signer, lock=True)
            statement = verified(parsed, "organisations", Organisations, signer, key)
            before = await store.organisation_statement(tx, signer)
            if statement.organisation != signer or decode_base64url(statement.organisations[0].key) != key:
                raise Refusal("wrong_signer")
            rules.check_names(*_names(statement))
            if before is not None and statement.serial <= before.serial:
                raise rules.stale()
            await _keep_statement(tx, statement, parsed)


async def _void_other_keys(tx: Transaction, attestation: Attestation) -> None:
    """A new identity key from the person's own organisation: what others said of the old one is void, and what it said
    itself stays to be read, since consents were signed under it.
    """
    for row in await store.attestations_of(tx, [attestation.person]):
        former = attestation_record(row).identity_key
        if former == attestation.identity_key:
            continue
        if row.organisation == attestation.organisation:
            await store.keep_former(tx, row, former)
        else:
            await store.drop_attestation(tx, row.organisation, row.person)


def _names(statement: Organisations) -> list[str]:
    teams = [team.name for entry in statement.organisations for team in entry.teams]
    roles = [role.name for entry in statement.organisations for role in entry.roles]
    return [*teams, *roles, *(entry.name for entry in statement.organisations)]


def known_row(organisation: str, name: str) -> dict[str, str]:
    return {"organisation": organisation, "name": name, "folded_name": fold(name)}


async def _keep_statement(tx: Transaction, statement: Organisations, parsed: Envelope) -> None:
    known = [known_row(entry.organisation, entry.name) for entry in statement.organisations]
    teams = {(entry.organisation, team.team): team.name for entry in statement.organisations for team in entry.teams}
    rows = [
        {"organisation": organisation, "team": team, "folded_name": fold(name)}
        for (organisation, team), name in teams.items()
    ]
    await store.replace_organisation_statement(
        tx, statement.organisation, statement.serial, stored(parsed), known, rows
    )
