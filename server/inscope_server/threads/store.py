"""Tables and queries of threads: the roster that equals the MLS tree, the log with its numbers, the welcomes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    tuple_,
    update,
)

from ..database import Transaction, metadata
from .entry import COLUMNS
from .rules import fits, fitting

threads = Table(
    "threads",
    metadata,
    Column("thread", String(26), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("suite", Integer, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

roster = Table(
    "roster",
    metadata,
    Column("thread", String(26), primary_key=True),
    Column("leaf", Integer, primary_key=True, autoincrement=False),
    Column("device", String(26), nullable=False),
    Column("person", String(26), nullable=False),
    Column("joined_seq", BigInteger, nullable=False),
    UniqueConstraint("thread", "device", name="uq_roster_thread_device"),
    Index("ix_roster_device", "device"),
    Index("ix_roster_person", "person"),
)

entries = Table(
    "entries",
    metadata,
    Column("thread", String(26), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("device", String(26)),
    Column("epoch", BigInteger),
    Column("message", String(26)),
    Column("mls", LargeBinary),
    Column("detail", LargeBinary),
    UniqueConstraint("thread", "message", name="uq_entries_thread_message"),
)

welcomes = Table(
    "welcomes",
    metadata,
    Column("device", String(26), primary_key=True),
    Column("thread", String(26), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("by", String(26), nullable=False),
)

welcome_bytes = Table(
    "welcome_bytes",
    metadata,
    Column("thread", String(26), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("welcome", LargeBinary, nullable=False),
)
"""One welcome of a commit, for all devices that it adds; here as long as one of them has not acknowledged it."""

_of_welcome = and_(welcomes.c.thread == welcome_bytes.c.thread, welcomes.c.epoch == welcome_bytes.c.epoch)
_advance = (
    update(threads).where(threads.c.thread == bindparam("of")).values(head=bindparam("head"), epoch=bindparam("epoch"))
)
_thread = select(threads).where(threads.c.thread == bindparam("thread"))
_members = select(roster).where(roster.c.thread == bindparam("thread")).order_by(roster.c.leaf)
_kinds = select(threads.c.thread, threads.c.kind)
_lock = select(threads).order_by(threads.c.thread).with_for_update()
_seats = select(threads, roster.c.joined_seq).join(roster, roster.c.thread == threads.c.thread)
_seat = _seats.where(threads.c.thread == bindparam("in"), roster.c.device == bindparam("of"))
_held_seat = _seat.with_for_update(read=True, of=roster)
_after = and_(entries.c.thread == bindparam("in"), entries.c.seq > bindparam("after"))
_detail = select(entries.c.detail).where(entries.c.thread == bindparam("in"), entries.c.message == bindparam("of"))
_size = func.coalesce(func.length(entries.c.mls), 0) + func.coalesce(func.length(entries.c.detail), 0)
_sizes = select(entries.c.seq, _size.label("size")).where(_after).order_by(entries.c.seq).limit(bindparam("limit"))
_sized = _sizes.subquery()
_page = select(func.max(_sized.c.seq).label("last"), func.sum(_sized.c.size).label("size"))
_rows = (
    select(*(entries.c[name] for name in COLUMNS))
    .where(_after, entries.c.seq <= bindparam("last"))
    .order_by(entries.c.seq)
)


async def create(tx: Transaction, row: dict[str, Any], member: dict[str, Any]) -> None:
    await tx.execute(insert(threads).values(**row))
    await tx.execute(insert(roster).values(**member))


async def lock(tx: Transaction, ids: list[str]) -> dict[str, Any]:
    """The rows of these threads, held until the transaction ends; always in one order, against deadlocks."""
    return {row.thread: row for row in await tx.all_in(_lock, threads.c.thread, ids)}


async def every(tx: Transaction) -> list[Any]:
    return await tx.all(_lock)


async def load(tx: Transaction, thread: str) -> Any:
    return await tx.first(_thread, {"thread": thread})


async def kinds(tx: Transaction, ids: Collection[str]) -> dict[str, str]:
    return {row.thread: row.kind for row in await tx.all_in(_kinds, threads.c.thread, ids)}


async def members(tx: Transaction, thread: str) -> list[Any]:
    return await tx.all(_members, {"thread": thread})


async def of_device(tx: Transaction, device: str) -> list[Any]:
    return await tx.all(_seats.where(roster.c.device == device).order_by(threads.c.thread))


async def with_person(tx: Transaction, person: str) -> list[str]:
    rows = await tx.all(select(roster.c.thread).where(roster.c.person == person).distinct())
    return [row.thread for row in rows]


async def devices_with(tx: Transaction, person: str) -> list[str]:
    theirs = select(roster.c.thread).where(roster.c.person == person)
    query = select(roster.c.device).where(roster.c.thread.in_(theirs)).distinct().order_by(roster.c.device)
    return [row.device for row in await tx.all(query)]


async def seat(tx: Transaction, thread: str, device: str, *, hold: bool = False) -> Any:
    """The thread's row, and `joined_seq` of this device; None where it is not in the roster. `hold`: that it is."""
    return await tx.first(_held_seat if hold else _seat, {"in": thread, "of": device})


async def already(tx: Transaction, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Entries that already carry one of these (thread, message) pairs."""
    columns = (entries.c.thread, entries.c.message)
    query = select(*columns, entries.c.seq, entries.c.at, entries.c.device, entries.c.mls)
    return {(row.thread, row.message): row for row in await tx.all(query.where(tuple_(*columns).in_(pairs)))}


async def detail(tx: Transaction, thread: str, message: str) -> bytes:
    """Of a message that is there."""
    row = await tx.first(_detail, {"in": thread, "of": message})
    return bytes(row.detail)


async def append(tx: Transaction, rows: list[dict[str, Any]], advances: list[dict[str, Any]]) -> None:
    """Entries, and the new head and epoch of their threads ({of, head, epoch}), in two statements."""
    await tx.execute(insert(entries), rows)
    await tx.execute(_advance, advances)


async def log(tx: Transaction, thread: str, after: int, limit: int) -> list[Any]:
    """The next entries after `after`, in the order of entry.COLUMNS: `limit` of them, or fewer if they would be too
    large together.
    """
    asked = {"in": thread, "after": after}
    page = await tx.first(_page, asked | {"limit": limit})
    if page.last is None:
        return []
    last = page.last
    if not fits(page.size):
        sizes = await tx.all(_sizes, asked | {"limit": limit})
        last = sizes[fitting([row.size for row in sizes]) - 1].seq
    return await tx.all(_rows, asked | {"last": last})


async def change_roster(tx: Transaction, thread: str, removed: list[int], added: list[dict[str, Any]]) -> None:
    if removed:
        await tx.execute(delete(roster).where(roster.c.thread == thread, roster.c.leaf.in_(removed)))
    if added:
        await tx.execute(insert(roster), added)


async def put_welcomes(tx: Transaction, rows: list[dict[str, Any]], welcome: bytes | None) -> None:
    """`rows`: one for each device that waits for this one welcome of a thread and epoch."""
    if rows:
        key = {"thread": rows[0]["thread"], "epoch": rows[0]["epoch"]}
        await tx.execute(insert(welcome_bytes).values(**key, welcome=welcome))
        await tx.execute(insert(welcomes), rows)


async def welcomes_of(tx: Transaction, device: str) -> tuple[list[Any], bool]:
    """Those that wait for this device, or the first of them if they would be too large together; and whether so."""
    order, mine = (welcomes.c.thread, welcomes.c.epoch), welcomes.c.device == device
    size = func.length(welcome_bytes.c.welcome).label("size")
    sizes = await tx.all(select(*order, size).join(welcome_bytes, _of_welcome).where(mine).order_by(*order))
    first = [(row.thread, row.epoch) for row in sizes[: fitting([row.size for row in sizes])]]
    query = select(welcomes, entries.c.at, welcome_bytes.c.welcome, threads.c.kind, threads.c.purpose, threads.c.suite)
    query = query.join(welcome_bytes, _of_welcome).join(threads, threads.c.thread == welcomes.c.thread)
    query = query.join(entries, and_(entries.c.thread == welcomes.c.thread, entries.c.seq == welcomes.c.seq))
    query = query.where(mine, tuple_(*order).in_(first))
    return await tx.all(query.order_by(*order)), len(first) < len(sizes)


async def drop_welcome(tx: Transaction, device: str, thread: str, epoch: int) -> None:
    """Up to this epoch; the bytes go with the last device that waited for them.

    They are held first: of two devices that acknowledge at once, one sees that the other has.
    """
    one = (welcome_bytes.c.thread == thread, welcome_bytes.c.epoch <= epoch)
    await tx.all(select(welcome_bytes.c.epoch).where(*one).order_by(welcome_bytes.c.epoch).with_for_update())
    where = (welcomes.c.device == device, welcomes.c.thread == thread, welcomes.c.epoch <= epoch)
    await tx.execute(delete(welcomes).where(*where))
    await tx.execute(delete(welcome_bytes).where(*one, ~exists().where(_of_welcome)))
