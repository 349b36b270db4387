"""Tables of the log of releases and denials. Rows are only ever appended; the head alone moves on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import tuple_ as tuple_of

from ..database import Transaction, metadata
from .tree import Frontier, Subtree

BATCH = 1000
DENIED = text("outcome = 'deny'")
"""As the index of denials says it: SQLite takes that index only where a query says it in the same words."""

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
    Index("ix_audit_denials", "at", "seq", sqlite_where=DENIED, postgresql_where=DENIED),
)
"""`hash` is the leaf's; the first entry has `seq` 1 and index 0."""

nodes = Table(
    "audit_nodes",
    metadata,
    Column("upto", BigInteger, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
"""The complete subtrees of two leaves and more (tree.Subtree), each stored with the entry that completes it."""

head = Table(
    "audit_head",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("log", String(26)),
    Column("key", LargeBinary),
)
"""One row. `log` and `key` are those of the first server that served this database."""

_head = select(head).where(head.c.id == 1)
_held_head = _head.with_for_update()
_entry = select(entries.c.body).where(entries.c.seq == bindparam("seq"))
_grow = update(head).where(head.c.id == 1).values(size=bindparam("grown"), frontier=bindparam("tree"))


async def lock_head(tx: Transaction) -> Frontier:
    """The tree as it stands, held until the end of the transaction so that entries stay in one line."""
    return _frontier(await _row(tx, lock=True))


async def head_of(tx: Transaction) -> Frontier:
    """The same without holding it. Entries up to it have committed: they did so together with it."""
    return _frontier(await _row(tx))


async def _row(tx: Transaction, *, lock: bool = False) -> Any:
    row = await tx.first(_held_head if lock else _head)
    if row is None:
        raise RuntimeError("the log has no head: run `inscope migrate`")
    return row


def _frontier(row: Any) -> Frontier:
    return Frontier(row.size, row.frontier)


async def append(
    tx: Transaction, rows: list[dict[str, Any]], completed: list[tuple[Subtree, bytes]], grown: Frontier
) -> None:
    """Entries in their order, the subtrees that they complete and the tree that they make."""
    await tx.execute(insert(entries), rows)
    if completed:
        await tx.execute(insert(nodes), [{**subtree._asdict(), "hash": hash_} for subtree, hash_ in completed])
    await tx.execute(_grow, {"grown": grown.size, "tree": bytes(grown)})


async def create_head(tx: Transaction) -> None:
    if await tx.first(select(head.c.id)) is None:
        await tx.execute(insert(head).values(id=1, size=0, frontier=b""))


async def signer(tx: Transaction, log: str, key: bytes) -> tuple[str, bytes]:
    """Who signs this log: whoever was written down first, and that is now this one if nobody was."""
    row = await _row(tx, lock=True)
    if row.log is not None:
        return row.log, row.key
    await replace_signer(tx, log, key)
    return log, key


async def signed_by(tx: Transaction) -> tuple[str, bytes] | None:
    """Who signs this log, without making it anybody."""
    row = await _row(tx)
    return None if row is None or row.log is None else (row.log, row.key)


async def replace_signer(tx: Transaction, log: str, key: bytes) -> None:
    await tx.execute(update(head).where(head.c.id == 1).values(log=log, key=key))


async def hashes_of(tx: Transaction, wanted: Collection[Subtree]) -> dict[Subtree, bytes]:
    """The hashes of those of these subtrees that are stored."""
    leaves = [subtree.upto for subtree in wanted if subtree.level == 0]
    joined = [subtree for subtree in wanted if subtree.level > 0]
    found: dict[Subtree, bytes] = {}
    if leaves:
        for row in await tx.all(select(entries.c.seq, entries.c.hash).where(entries.c.seq.in_(leaves))):
            found[Subtree(row.seq, 0)] = row.hash
    if joined:
        for row in await tx.all(select(nodes).where(tuple_of(nodes.c.upto, nodes.c.level).in_(joined))):
            found[Subtree(row.upto, row.level)] = row.hash
    return found


async def all_entries(tx: Transaction) -> list[Any]:
    return await tx.all(select(entries).order_by(entries.c.seq))


async def body_of(tx: Transaction, seq: int) -> bytes | None:
    row = await tx.first(_entry, {"seq": seq})
    return None if row is None else bytes(row.body)


async def batches(tx: Transaction, after: int = 0) -> AsyncIterator[list[Any]]:
    """All entries beyond `after`, oldest first, a few at a time."""
    while rows := await tx.all(select(entries).where(entries.c.seq > after).order_by(entries.c.seq).limit(BATCH)):
        yield rows
        after = rows[-1].seq


async def nodes_between(tx: Transaction, after: int, upto: int) -> dict[Subtree, bytes]:
    """What the entries of these numbers completed, the last one's included."""
    rows = await tx.all(select(nodes).where(nodes.c.upto > after, nodes.c.upto <= upto))
    return {Subtree(row.upto, row.level): row.hash for row in rows}


async def first_node_beyond_entries(tx: Transaction) -> int | None:
    """The number of an entry that completed a subtree and is not there, or None."""
    newest = select(func.coalesce(func.max(entries.c.seq), 0)).scalar_subquery()
    row = await tx.first(select(func.min(nodes.c.upto).label("upto")).where(nodes.c.upto > newest))
    return None if row is None else row.upto


async def of_disclosure(tx: Transaction, disclosure: str, event: str) -> list[Any]:
    query = select(entries).where(entries.c.disclosure == disclosure, entries.c.event == event)
    return await tx.all(query.order_by(entries.c.seq))


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
