"""Tables of filings and of the parts of their sealed packages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    and_,
    delete,
    insert,
    select,
    update,
)

from ..database import Transaction, metadata

# `state`: uploading, waiting, fetched; then filed, refused, or ended (by `code`).
# `package`: the object's name, until it is gone.
filings = Table(
    "filings",
    metadata,
    Column("filing", String(26), primary_key=True),
    Column("organisation", String(26), nullable=False),
    Column("gateway", String(26), nullable=False),
    Column("thread", String(26), nullable=False),
    Column("disclosure", String(26), nullable=False),
    Column("consent", String(26), nullable=False),
    Column("person", String(26), nullable=False),
    Column("device", String(26), nullable=False),
    Column("state", String(12), nullable=False),
    Column("code", String(40)),
    Column("envelope", Text, nullable=False),
    Column("statement_hash", String(43), nullable=False),
    Column("gateway_envelope", Text, nullable=False),
    Column("receipt", Text),
    Column("package", String(26)),
    Column("begun_at", BigInteger, nullable=False),
    Column("lapses_at", BigInteger, nullable=False),
    Index("ix_filings_gateway_state", "gateway", "state"),
    Index("ix_filings_disclosure", "disclosure"),
    Index("ix_filings_consent_state", "consent", "state"),
    Index("ix_filings_state_package", "state", "package"),
)

parts = Table(
    "filing_parts",
    metadata,
    Column("filing", String(26), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

ENDED = ("filed", "refused", "ended")


async def put(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.execute(insert(filings).values(**row))


async def load(tx: Transaction, filing: str, *, lock: bool = False) -> Any:
    query = select(filings).where(filings.c.filing == filing)
    return await tx.first(query.with_for_update() if lock else query)


async def of_disclosure(tx: Transaction, disclosure: str, states: tuple[str, ...]) -> list[Any]:
    where = (filings.c.disclosure == disclosure, filings.c.state.in_(states))
    return await tx.all(select(filings).where(*where).order_by(filings.c.filing).with_for_update())


async def of_consent(tx: Transaction, consent: str, states: tuple[str, ...]) -> list[Any]:
    where = (filings.c.consent == consent, filings.c.state.in_(states))
    return await tx.all(select(filings).where(*where).order_by(filings.c.filing).with_for_update())


async def packages_in(tx: Transaction, states: tuple[str, ...]) -> list[str]:
    query = select(filings.c.package).where(filings.c.state.in_(states), filings.c.package.is_not(None))
    return [row.package for row in await tx.all(query.order_by(filings.c.filing))]


async def filed_of_consent(tx: Transaction, consent: str) -> list[Any]:
    """(disclosure, organisation, receipt) of each; no row is locked."""
    columns = (filings.c.disclosure, filings.c.organisation, filings.c.receipt)
    return await tx.all(select(*columns).where(filings.c.consent == consent, filings.c.state == "filed"))


async def of_gateway(tx: Transaction, gateway: str, states: tuple[str, ...], most: int) -> list[Any]:
    """What was never fetched first, then the oldest: whatever fails again and again keeps nobody's place."""
    where = (filings.c.gateway == gateway, filings.c.state.in_(states))
    order = (filings.c.state.desc(), filings.c.begun_at, filings.c.filing)
    return await tx.all(select(filings).where(*where).order_by(*order).limit(most))


async def move(tx: Transaction, filing: str, state: str, **values: Any) -> None:
    await tx.execute(update(filings).where(filings.c.filing == filing).values(state=state, **values))


async def end(tx: Transaction, filing: str, state: str, code: str | None, receipt: str | None = None) -> None:
    """The package's parts are forgotten here; the sweeper takes the object away."""
    await move(tx, filing, state, code=code, receipt=receipt)
    await tx.execute(delete(parts).where(parts.c.filing == filing))


async def in_states(tx: Transaction, states: tuple[str, ...], after: str, most: int) -> list[str]:
    return await _page(tx, filings.c.state.in_(states), after, most)


async def remains(tx: Transaction, after: str, most: int) -> list[str]:
    """Filings that are over and whose package may still be in the object store."""
    return await _page(tx, and_(filings.c.state.in_(ENDED), filings.c.package.is_not(None)), after, most)


async def _page(tx: Transaction, where: ColumnElement[bool], after: str, most: int) -> list[str]:
    query = select(filings.c.filing).where(where, filings.c.filing > after).order_by(filings.c.filing).limit(most)
    return [row.filing for row in await tx.all(query)]


async def parts_of(tx: Transaction, filing: str) -> list[Any]:
    return await tx.all(select(parts).where(parts.c.filing == filing).order_by(parts.c.part))


async def part_of(tx: Transaction, filing: str, part: int) -> Any:
    return await tx.first(select(parts).where(parts.c.filing == filing, parts.c.part == part))


async def put_part(tx: Transaction, filing: str, part: int, size: int, digest: bytes) -> None:
    await tx.execute(insert(parts).values(filing=filing, part=part, size=size, hash=digest))
