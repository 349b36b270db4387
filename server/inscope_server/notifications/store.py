"""Push subscriptions, one a device. `due_at`: when it is to be told; none while there is nothing new for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)

from ..database import Transaction, metadata

ID = String(26)

subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("device", ID, primary_key=True),
    Column("person", ID, nullable=False),
    Column("endpoint", String(1000), nullable=False),
    Column("kinds", String(40), nullable=False),
    Column("pushed_at", BigInteger, nullable=True),
    Column("due_at", BigInteger, nullable=True),
    Column("claimed_until", BigInteger, nullable=True),
    Column("failures", Integer, nullable=False),
    Index("ix_push_subscriptions_due_at", "due_at"),
    Index("ix_push_subscriptions_endpoint", "endpoint"),
)
"""`kinds`: of threads, with a space between; `claimed_until`: a process pushes what is due, and no other before that.

No key of the browser's: nothing is ever encrypted for it.
"""

_all = select(subscriptions)
_free = or_(subscriptions.c.claimed_until.is_(None), subscriptions.c.claimed_until <= bindparam("now"))
_due = (
    _all.where(subscriptions.c.due_at <= bindparam("now"), _free)
    .order_by(subscriptions.c.device)
    .limit(bindparam("most"))
)
_of = update(subscriptions).where(subscriptions.c.device == bindparam("of"))
_note = _of.where(subscriptions.c.due_at.is_not_distinct_from(bindparam("seen"))).values(due_at=bindparam("due"))
_claim = _of.values(claimed_until=bindparam("until"))


async def of_device(tx: Transaction, device: str) -> Any:
    return await tx.first(_all.where(subscriptions.c.device == device))


async def of_devices(tx: Transaction, devices: Collection[str]) -> list[Any]:
    return await tx.all_in(_all, subscriptions.c.device, devices)


async def put(tx: Transaction, device: str, person: str, endpoint: str, kinds: str) -> None:
    """One browser has one subscription, whichever device of InScope it is now."""
    await tx.execute(delete(subscriptions).where(subscriptions.c.endpoint == endpoint))
    await remove(tx, [device])
    row = {"device": device, "person": person, "endpoint": endpoint, "kinds": kinds, "failures": 0}
    await tx.execute(insert(subscriptions).values(**row))


async def remove(tx: Transaction, devices: Collection[str]) -> None:
    await tx.execute(delete(subscriptions).where(subscriptions.c.device.in_(devices)))


async def note(tx: Transaction, dues: dict[str, tuple[int | None, int]]) -> None:
    """By device, when it is to be told, in place of what was seen to be noted; of another note meanwhile that one
    stays.
    """
    await tx.execute(_note, [{"of": of, "seen": seen, "due": due} for of, (seen, due) in sorted(dues.items())])


async def claim(tx: Transaction, now: int, until: int, most: int) -> list[Any]:
    """Rows that are due, which no other process takes before `until`."""
    rows = await tx.all(_due.with_for_update(), {"now": now, "most": most})
    if rows:
        await tx.execute(_claim, [{"of": row.device, "until": until} for row in rows])
    return rows


async def settle(tx: Transaction, row: Any, due: int | None, **values: Any) -> None:
    """What came of the push of a claimed row, if the device still has that subscription. `due`: when again; what was
    noted while it was under way stays.
    """
    again = case((subscriptions.c.due_at == row.due_at, due), else_=subscriptions.c.due_at)
    at = _standing(row.device, row.endpoint)
    await tx.execute(update(subscriptions).where(*at).values(due_at=again, claimed_until=None, **values))


async def gone(tx: Transaction, device: str, endpoint: str) -> None:
    await tx.execute(delete(subscriptions).where(*_standing(device, endpoint)))


def _standing(device: str, endpoint: str) -> tuple[Any, ...]:
    return subscriptions.c.device == device, subscriptions.c.endpoint == endpoint
