"""Key packages: each is handed out once and then gone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
)

from ..database import Transaction, metadata

key_packages = Table(
    "key_packages",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("device", String(26), ForeignKey("devices.device"), nullable=False),
    Column("package_hash", LargeBinary, nullable=False),
    Column("package", LargeBinary, nullable=False),
    Column("not_after", BigInteger, nullable=False),
    UniqueConstraint("device", "package_hash", name="uq_key_packages_device_hash"),
)


async def hashes(tx: Transaction, device: str) -> set[bytes]:
    rows = await tx.all(select(key_packages.c.package_hash).where(key_packages.c.device == device))
    return {row.package_hash for row in rows}


async def add(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    if rows:
        await tx.execute(insert(key_packages), rows)


async def available(tx: Transaction, device: str, now: int) -> int:
    query = select(func.count()).select_from(key_packages)
    row = await tx.first(query.where(key_packages.c.device == device, key_packages.c.not_after > now))
    return int(row[0])


async def forget_expired(tx: Transaction, device: str, now: int) -> None:
    mine = (key_packages.c.device == device, key_packages.c.not_after <= now)
    await tx.execute(delete(key_packages).where(*mine))


async def take(tx: Transaction, device: str, now: int) -> bytes | None:
    """The oldest key package of `device` that nobody else is taking, removed; or None."""
    query = select(key_packages.c.id, key_packages.c.package)
    query = query.where(key_packages.c.device == device, key_packages.c.not_after > now)
    row = await tx.first(query.order_by(key_packages.c.id).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    await tx.execute(delete(key_packages).where(key_packages.c.id == row.id))
    package: bytes = row.package
    return package
