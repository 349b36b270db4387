"""Queries of organisations, people, devices and attestations. `upsert` works on both databases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from inscope_protocol.types import Device, encode_payload

from ..database import Transaction
from ..errors import Refusal
from .folding import fold
from .tables import (
    attestations,
    attested_teams,
    devices,
    enrolments,
    former_identities,
    invitations,
    known_organisations,
    known_teams,
    organisation_statements,
    organisations,
    people,
)

_share_people = select(people.c.person).order_by(people.c.person).with_for_update(read=True)
_attestations = select(attestations).order_by(attestations.c.person, attestations.c.organisation)
_devices = select(devices).order_by(devices.c.device)
_held_devices = _devices.with_for_update()


async def upsert(tx: Transaction, table: Table, row: dict[str, Any]) -> None:
    """Writes `row` over the one with the same primary key. The caller holds a lock that makes this safe."""
    same = [column == row[column.name] for column in table.primary_key.columns]
    if (await tx.execute(update(table).where(*same).values(**row))).rowcount == 0:
        await tx.execute(insert(table).values(**row))


async def organisation(tx: Transaction, identifier: str, lock: bool = False) -> Any:
    """Row (organisation, name, key), or None."""
    query = select(organisations).where(organisations.c.organisation == identifier)
    return await tx.first(query.with_for_update() if lock else query)


async def replace_organisation_statement(
    tx: Transaction,
    signer: str,
    serial: int,
    envelope: str,
    known: Sequence[dict[str, Any]],
    teams: Sequence[dict[str, Any]],
) -> None:
    """`known`: rows of known_organisations, `teams`: of known_teams, all as `signer` says."""
    await upsert(tx, organisation_statements, {"organisation": signer, "serial": serial, "envelope": envelope})
    for table, rows in ((known_organisations, known), (known_teams, teams)):
        await tx.execute(delete(table).where(table.c.knower == signer))
        if rows:
            await tx.execute(insert(table), [{"knower": signer, **row} for row in rows])


async def organisation_statement(tx: Transaction, signer: str) -> Any:
    """Row (organisation, serial, envelope), or None."""
    return await tx.first(select(organisation_statements).where(organisation_statements.c.organisation == signer))


async def person(tx: Transaction, identifier: str, lock: bool = False) -> Any:
    """Row (person, organisation, display_name), or None; locked against attach and add when `lock`."""
    query = select(people).where(people.c.person == identifier)
    return await tx.first(query.with_for_update() if lock else query)


async def share_people(tx: Transaction, identifiers: Collection[str]) -> None:
    """Holds these people's attestations until the transaction ends (in one order: nobody waits in a ring)."""
    await tx.hold(_share_people, people.c.person, identifiers)


async def attestations_of(tx: Transaction, identifiers: Collection[str]) -> list[Any]:
    """Rows (organisation, person, payload, envelope) of the standing attestations."""
    return await tx.all_in(_attestations, attestations.c.person, identifiers)


async def replace_attestation(tx: Transaction, row: dict[str, Any], teams: Sequence[str]) -> None:
    """The standing attestation of (organisation, person). The caller has locked the person."""
    await upsert(tx, attestations, row)
    pair = {"organisation": row["organisation"], "person": row["person"]}
    await tx.execute(delete(attested_teams).filter_by(**pair))
    if teams:
        await tx.execute(insert(attested_teams), [{**pair, "team": team} for team in teams])


async def keep_former(tx: Transaction, row: Any, identity_key: str) -> None:
    """`row`: of the attestation that gives way to one of another key."""
    pair = {"organisation": row.organisation, "person": row.person}
    await upsert(tx, former_identities, {**pair, "identity_key": identity_key, "envelope": row.envelope})


async def people_due(tx: Transaction, now: int, after: str, most: int) -> list[str]:
    """People beyond `after`, by their ids, of whom an attestation has come to its `next_instant`; at most `most`."""
    query = select(attestations.c.person).where(attestations.c.next_instant <= now, attestations.c.person > after)
    return [row.person for row in await tx.all(query.distinct().order_by(attestations.c.person).limit(most))]


async def note_next_instant(tx: Transaction, row: Any, at: int | None) -> None:
    this = (attestations.c.organisation == row.organisation, attestations.c.person == row.person)
    await tx.execute(update(attestations).where(*this).values(next_instant=at))


async def drop_attestation(tx: Transaction, organisation: str, identifier: str) -> None:
    for table in (attestations, attested_teams):
        await tx.execute(delete(table).filter_by(organisation=organisation, person=identifier))


async def rename(tx: Transaction, identifier: str, display_name: str) -> None:
    await tx.execute(
        update(people)
        .where(people.c.person == identifier)
        .values(display_name=display_name, folded_name=fold(display_name))
    )


async def invitation(tx: Transaction, token_hash: str, now: int) -> Any:
    """The open invitation with (display_name, name, key), or None for one used, over or unknown."""
    query = (
        select(invitations, people.c.display_name, organisations.c.name, organisations.c.key)
        .join(people, people.c.person == invitations.c.person)
        .join(organisations, organisations.c.organisation == invitations.c.organisation)
    )
    return await tx.first(
        query.where(
            invitations.c.token_hash == token_hash,
            invitations.c.redeemed_at.is_(None),
            invitations.c.valid_until > now,
        )
    )


async def any_invitation(tx: Transaction, token_hash: str) -> Any:
    return await tx.first(select(invitations).where(invitations.c.token_hash == token_hash))


async def redeem(tx: Transaction, token_hash: str, now: int) -> bool:
    """One winner among any number of tries: the row itself decides."""
    open_one = (invitations.c.token_hash == token_hash, invitations.c.redeemed_at.is_(None))
    result = await tx.execute(
        update(invitations).where(*open_one, invitations.c.valid_until > now).values(redeemed_at=now)
    )
    return bool(result.rowcount == 1)


async def organisations_served(tx: Transaction) -> list[Any]:
    """Rows (organisation, name, key, registered_at, people), by name. `people`: how many were invited."""
    counted = select(people.c.organisation, func.count().label("people")).group_by(people.c.organisation).subquery()
    query = select(organisations, func.coalesce(counted.c.people, 0).label("people"))
    query = query.outerjoin(counted, counted.c.organisation == organisations.c.organisation)
    return await tx.all(query.order_by(organisations.c.name, organisations.c.organisation))


async def pending_enrolments(tx: Transaction, organisation: str) -> list[Any]:
    """Rows (person, token_hash, envelope, proof)."""
    query = select(devices.c.person, enrolments.c.token_hash, devices.c.envelope, enrolments.c.proof)
    return await tx.all(
        query.join(devices, devices.c.device == enrolments.c.device)
        .where(
            enrolments.c.organisation == organisation,
            enrolments.c.settled_at.is_(None),
            devices.c.revoked_at.is_(None),
        )
        .order_by(enrolments.c.token_hash)
    )


async def unsettled_devices(tx: Transaction, organisation: str, identifier: str) -> list[Any]:
    """Rows (token_hash, payload) of a person's enrolments that wait for an attestation."""
    query = select(enrolments.c.token_hash, devices.c.payload)
    return await tx.all(
        query.join(devices, devices.c.device == enrolments.c.device).where(
            enrolments.c.organisation == organisation,
            enrolments.c.settled_at.is_(None),
            devices.c.person == identifier,
        )
    )


async def settle(tx: Transaction, token_hash: str, now: int) -> None:
    await tx.execute(update(enrolments).where(enrolments.c.token_hash == token_hash).values(settled_at=now))


async def devices_of(tx: Transaction, identifiers: Collection[str]) -> list[Any]:
    query = select(devices).order_by(devices.c.person, devices.c.device)
    return await tx.all_in(query, devices.c.person, identifiers)


async def devices_by_id(tx: Transaction, identifiers: Collection[str], *, lock: bool = False) -> list[Any]:
    return await tx.all_in(_held_devices if lock else _devices, devices.c.device, identifiers)


async def is_another_device(tx: Transaction, identifier: str, key: str) -> bool:
    """Whether a device has this identifier or this key, ended or not."""
    either = or_(devices.c.device == identifier, devices.c.device_key == key)
    return await tx.first(select(devices.c.device).where(either).limit(1)) is not None


async def add_device(tx: Transaction, said: Device, envelope: str, added_by: str | None = None) -> None:
    """Raises Refusal `malformed` where another device has this identifier or key, whosever it is."""
    names = {"device": said.device, "person": said.person, "device_key": said.device_key, "added_by": added_by}
    try:
        async with tx.connection.begin_nested():
            await tx.execute(insert(devices).values(**names, payload=encode_payload(said), envelope=envelope))
    except IntegrityError as error:
        raise Refusal("malformed", "A device has this identifier or key already.") from error


async def note_sign_in(tx: Transaction, identifier: str, day: str) -> None:
    await tx.execute(update(devices).where(devices.c.device == identifier).values(signed_in_on=day))


async def owner_in(tx: Transaction, organisation: str, device: str) -> str | None:
    """Whose device this is, where its person is one of this organisation's own."""
    query = select(people.c.person).join(devices, devices.c.person == people.c.person)
    row = await tx.first(query.where(devices.c.device == device, people.c.organisation == organisation))
    return None if row is None else row.person


async def revoke(tx: Transaction, identifier: str, now: int) -> bool:
    """Whether it was not revoked before."""
    open_one = (devices.c.device == identifier, devices.c.revoked_at.is_(None))
    return bool((await tx.execute(update(devices).where(*open_one).values(revoked_at=now))).rowcount)
