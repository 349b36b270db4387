"""An organisation's own people, those whom it invited: rows, a few at a time, in one order (SPEC S4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, String, Text, and_, exists, func, literal, not_, select, tuple_

from inscope_protocol.types import Attestation

from ..database import Transaction
from .folding import fold
from .records import attestation_record
from .tables import attestations, devices, enrolments, people

Part = Literal["waiting", "soon", "rest"]
PARTS: tuple[Part, ...] = ("waiting", "soon", "rest")
"""Who waits to be confirmed, whose attestation ends first, and everybody else by name."""
Only = Literal["waiting", "soon", "over", "without_device"]


@dataclass(frozen=True)
class StaffPlace:
    """Where a page ends. `until`: the attestation's end in part `soon`, else 0."""

    part: Part
    until: int
    person: str


@dataclass(frozen=True)
class StaffMember:
    """`attestation`: the standing one of their own organisation; `waiting`: a device of theirs is not confirmed yet."""

    person: str
    display_name: str
    part: Part
    waiting: bool
    has_device: bool
    attestation: Attestation | None


@dataclass(frozen=True)
class Sought:
    """Whose people; `soon`: an attestation that ends until then runs out; `name`: what is in theirs, if anything."""

    organisation: str
    now: int
    soon: int
    name: str = ""
    only: Only | None = None


async def page(tx: Transaction, sought: Sought, after: StaffPlace | None, most: int) -> list[StaffMember]:
    """At most so many, from where the page before ended."""
    found: list[StaffMember] = []
    for part in PARTS[PARTS.index(after.part) if after else 0 :]:
        if len(found) < most:
            here = after if after is not None and after.part == part else None
            asked = query(sought, part, here, await _name(tx, here))
            found += map(_member, await tx.all(asked.limit(most - len(found))))
    return found


async def one(tx: Transaction, sought: Sought, person: str) -> StaffMember | None:
    """One of its people, or None."""
    row = await tx.first(_rows(sought, "rest").where(people.c.person == person))
    return None if row is None else _member(row)


async def counts(tx: Transaction, sought: Sought) -> dict[str, int]:
    """How many people there are, and of whom each `Only` holds."""
    marks = _marks(sought)
    columns = [func.count().filter(mark).label(name) for name, mark in marks.items()]
    query = select(func.count().label("people"), *columns).select_from(_joined())
    row = await tx.first(query.where(people.c.organisation == sought.organisation))
    return {name: int(value) for name, value in row._mapping.items()}


def own_people(organisation: str) -> Any:
    """A query of their ids, for other queries."""
    return select(people.c.person).where(people.c.organisation == organisation)


async def _name(tx: Transaction, place: StaffPlace | None) -> str:
    """Folded; of nobody, one that comes before all."""
    if place is None:
        return ""
    row = await tx.first(select(people.c.folded_name).where(people.c.person == place.person))
    return "" if row is None else str(row.folded_name)


def query(sought: Sought, part: Part, after: StaffPlace | None, name: str) -> Any:
    """One part in its order, read by an index. `name`: folded, of the person at `after`."""
    by_end, by_name = (attestations.c.valid_until, attestations.c.person), (people.c.folded_name, people.c.person)
    key: tuple[ColumnElement[Any], ...] = by_end if part == "soon" else by_name
    asked = _rows(sought, part).where(*_conditions(sought, part))
    if after is not None:
        first = literal(after.until, BigInteger()) if part == "soon" else literal(name, Text())
        asked = asked.where(tuple_(*key) > tuple_(first, literal(after.person, String())))
    return asked.order_by(*key)


def _conditions(sought: Sought, part: Part) -> list[ColumnElement[bool]]:
    marks = _marks(sought)
    soon = and_(marks["soon"], not_(marks["waiting"]))
    rest = and_(not_(marks["waiting"]), func.coalesce(not_(marks["soon"]), True))
    conditions = [{"waiting": marks["waiting"], "soon": soon, "rest": rest}[part]]
    if sought.name:
        conditions.append(people.c.folded_name.contains(fold(sought.name), autoescape=True))
    if sought.only is not None:
        conditions.append(marks[sought.only])
    return conditions


def _rows(sought: Sought, part: Part) -> Any:
    marks = _marks(sought)
    facts = (marks["waiting"].label("waiting"), not_(marks["without_device"]).label("has_device"))
    query = select(people.c.person, people.c.display_name, literal(part).label("part"), *facts, attestations.c.payload)
    return query.select_from(_joined()).where(people.c.organisation == sought.organisation)


def _member(row: Any) -> StaffMember:
    said = None if row.payload is None else attestation_record(row)
    return StaffMember(row.person, row.display_name, row.part, bool(row.waiting), bool(row.has_device), said)


def _joined() -> Any:
    """Of attestations those by the person's own organisation alone."""
    own = and_(attestations.c.person == people.c.person, attestations.c.organisation == people.c.organisation)
    return people.outerjoin(attestations, own)


def _marks(sought: Sought) -> dict[str, ColumnElement[bool]]:
    until = attestations.c.valid_until
    unsettled = (
        select(devices.c.person)
        .join(enrolments, enrolments.c.device == devices.c.device)
        .where(
            enrolments.c.organisation == sought.organisation,
            enrolments.c.settled_at.is_(None),
            devices.c.revoked_at.is_(None),
        )
    )
    return {
        "waiting": people.c.person.in_(unsettled),
        "soon": and_(until > sought.now, until <= sought.soon),
        "over": until <= sought.now,
        "without_device": not_(exists().where(devices.c.person == people.c.person, devices.c.revoked_at.is_(None))),
    }
