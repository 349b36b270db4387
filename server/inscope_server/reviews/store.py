"""Tables of emergencies that wait for review, one row for each organisation and consent, and of reviews."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    and_,
    delete,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from ..database import Transaction, metadata
from .place import Place

ID = String(26)

emergencies = Table(
    "emergencies",
    metadata,
    Column("organisation", ID, primary_key=True),
    Column("consent", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("person", ID, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("open", Boolean, nullable=False),
    Index("ix_emergencies_organisation", "organisation", "open", "recorded_at", "consent"),
)
"""`version`: the newest emergency of this consent that a person of the organisation recorded."""

reviews = Table(
    "emergency_reviews",
    metadata,
    Column("organisation", ID, primary_key=True),
    Column("consent", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("person", ID, nullable=False),
    Column("device", ID, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", String(12), nullable=False),
    Index("ix_emergency_reviews_consent", "consent"),
)


async def put(tx: Transaction, row: dict[str, Any]) -> None:
    """A new version takes the place of the one before, and is open. The caller holds the consent."""
    same = {name: row[name] for name in ("organisation", "consent")}
    await tx.execute(delete(emergencies).filter_by(**same))
    await tx.execute(insert(emergencies).values(**row, open=True))


async def load(tx: Transaction, organisation: str, consent: str) -> Any:
    query = select(emergencies).filter_by(organisation=organisation, consent=consent)
    return await tx.first(query.with_for_update())


async def page(tx: Transaction, organisations: Collection[str], after: Place | None, most: int) -> list[Any]:
    """Open ones first, those that wait longest before others; then reviewed ones, the newest first."""
    found: list[Any] = []
    if after is None or after.open:
        found = await _some(tx, organisations, True, after, most)
        after = None
    if len(found) < most:
        found += await _some(tx, organisations, False, after, most - len(found))
    return found


async def _some(
    tx: Transaction, organisations: Collection[str], is_open: bool, after: Place | None, most: int
) -> list[Any]:
    columns = emergencies.c
    key = (columns.recorded_at, columns.consent, columns.organisation)
    query = select(emergencies).where(columns.organisation.in_(organisations), columns.open == is_open)
    if after is not None:
        said = (after.recorded_at, after.consent, after.organisation)
        there = tuple_(*(literal(value, column.type) for column, value in zip(key, said, strict=True)))
        query = query.where(tuple_(*key) > there if is_open else tuple_(*key) < there)
    order = key if is_open else tuple(column.desc() for column in key)
    return await tx.all(query.order_by(*order).limit(most))


async def put_review(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.execute(insert(reviews).values(**row))
    this = and_(emergencies.c.organisation == row["organisation"], emergencies.c.consent == row["consent"])
    await tx.execute(update(emergencies).where(this).values(open=False))


async def reviews_of(tx: Transaction, consents: Collection[str]) -> list[Any]:
    return await tx.all_in(select(reviews).order_by(reviews.c.at), reviews.c.consent, consents)
