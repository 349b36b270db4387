"""Push subscriptions, one a device. `due_at`: when it is to be told; none while there is nothing new for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, bindparam, delete, insert, select, update

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
    Column("failures", Integer, nullable=False),
    Index("ix_push_subscriptions_due_at", "due_at"),
    Index("ix_push_subscriptions_endpoint", "endpoint"),
)
"""`kinds`: of threads, with a space between. No key of the browser's: nothing is ever encrypted for it."""

_all = select(subscriptions)
_due = _all.where(subscriptions.c.due_at <= bindparam("now")).order_by(subscriptions.c.device).limit(bindparam("most"))
_note = update(subscriptions).where(subscriptions.c.device == bindparam("of")).values(due_at=bindparam("due"))


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


async def note(tx: Transaction, dues: dict[str, int]) -> None:
    """When each of these devices is to be told; what is noted already stays."""
    await tx.execute(_note.where(subscriptions.c.due_at.is_(None)), _each(dues))


async def claim(tx: Transaction, now: int, until: int, most: int) -> list[Any]:
    """Rows that are due, which no other process takes before `until`."""
    rows = await tx.all(_due.with_for_update(), {"now": now, "most": most})
    if rows:
        await tx.execute(_note, _each({row.device: until for row in rows}))
    return rows


def _each(dues: dict[str, int]) -> list[dict[str, Any]]:
    return [{"of": device, "due": due} for device, due in sorted(dues.items())]


async def settle(tx: Transaction, device: str, endpoint: str, **values: Any) -> None:
    """What came of a push, if the device still has that subscription."""
    await tx.execute(update(subscriptions).where(*_standing(device, endpoint)).values(**values))


async def gone(tx: Transaction, device: str, endpoint: str) -> None:
    await tx.execute(delete(subscriptions).where(*_standing(device, endpoint)))


def _standing(device: str, endpoint: str) -> tuple[Any, ...]:
    return subscriptions.c.device == device, subscriptions.c.endpoint == endpoint
