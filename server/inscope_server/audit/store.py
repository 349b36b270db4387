"""Tables of the log of releases and denials. Rows are only ever appended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, insert, select, update

from ..database import Transaction, metadata
from .chain import GENESIS

entries = Table(
    "audit_entries",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("event", String(32), nullable=False),
    Column("person", String(26)),
    Column("disclosure", String(26)),
    Column("outcome", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_audit_disclosure", "disclosure", "seq"),
)

head = Table(
    "audit_head",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

BATCH = 500  # parameters of one query

_head = select(head.c.seq, head.c.hash).where(head.c.id == 1)


async def lock_head(tx: Transaction) -> tuple[int, bytes]:
    """The newest sequence number and hash, held until the end of the transaction so that entries stay in one line."""
    return _found(await tx.first(_head.with_for_update()))


async def head_of(tx: Transaction) -> tuple[int, bytes]:
    """The same without holding it. Entries up to it have committed: they did so together with it."""
    return _found(await tx.first(_head))


def _found(row: Any) -> tuple[int, bytes]:
    if row is None:
        raise RuntimeError("the log has no head: run `inscope migrate`")
    return row.seq, row.hash


async def append(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.execute(insert(entries).values(**row))
    await tx.execute(update(head).where(head.c.id == 1).values(seq=row["seq"], hash=row["hash"]))


async def create_head(tx: Transaction) -> None:
    if await tx.first(select(head.c.id)) is None:
        await tx.execute(insert(head).values(id=1, seq=0, hash=GENESIS))


async def all_entries(tx: Transaction) -> list[Any]:
    return await tx.all(select(entries).order_by(entries.c.seq))


async def of_disclosure(tx: Transaction, disclosure: str, event: str) -> list[Any]:
    query = select(entries.c.person, entries.c.at, entries.c.outcome)
    return await tx.all(
        query.where(entries.c.disclosure == disclosure, entries.c.event == event).order_by(entries.c.seq)
    )


async def of_disclosures(tx: Transaction, disclosures: Sequence[str], events: Sequence[str]) -> list[Any]:
    """Rows (seq, body) of all these disclosures."""
    rows: list[Any] = []
    for start in range(0, len(disclosures), BATCH):
        named = entries.c.disclosure.in_(disclosures[start : start + BATCH])
        rows += await tx.all(select(entries.c.seq, entries.c.body).where(named, entries.c.event.in_(events)))
    return rows


async def denied_asks(tx: Transaction) -> list[Any]:
    """Rows (seq, body) of asks that made no disclosure."""
    where = (entries.c.disclosure.is_(None), entries.c.event == "ask")
    return await tx.all(select(entries.c.seq, entries.c.body).where(*where))
