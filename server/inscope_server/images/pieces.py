"""Tables of sealed bytes on their way: what an upload said it will be, and the pieces that have arrived (SPEC S7.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from ..database import Transaction, metadata, portions

uploads = Table(
    "uploads",
    metadata,
    Column("blob", String(26), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("whole", Boolean, nullable=False),
)

pieces = Table(
    "blob_pieces",
    metadata,
    Column("blob", String(26), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("object", String(40), nullable=False),
)

_upload = select(uploads).where(uploads.c.blob == bindparam("blob"))
_pieces = select(pieces).where(pieces.c.blob == bindparam("blob")).order_by(pieces.c.start)


async def upload_of(tx: Transaction, blob: str) -> Any:
    return await tx.first(_upload, {"blob": blob})


async def declare(tx: Transaction, blob: str, size: int, digest: bytes) -> None:
    await tx.execute(insert(uploads), {"blob": blob, "size": size, "hash": digest, "whole": False})


async def pieces_of(tx: Transaction, blob: str) -> list[Any]:
    """In their order; each begins where the one before it ends."""
    return await tx.all(_pieces, {"blob": blob})


async def put_piece(tx: Transaction, blob: str, start: int, size: int, name: str) -> None:
    await tx.execute(insert(pieces), {"blob": blob, "start": start, "size": size, "object": name})


async def make_whole(tx: Transaction, blob: str, size: int, name: str) -> None:
    """One object in the place of all pieces."""
    await tx.execute(delete(pieces).where(pieces.c.blob == blob))
    await put_piece(tx, blob, 0, size, name)
    await is_whole(tx, blob)


async def is_whole(tx: Transaction, blob: str) -> None:
    """From now on these bytes never change."""
    await tx.execute(update(uploads).where(uploads.c.blob == blob).values(whole=True))


async def forget(tx: Transaction, blobs: Sequence[str]) -> None:
    for some in portions(blobs):
        await tx.execute(delete(pieces).where(pieces.c.blob.in_(some)))
        await tx.execute(delete(uploads).where(uploads.c.blob.in_(some)))
