"""Queries of links to another device (SPEC S4.9). One winner among any number of tries: the row itself decides."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from ..database import Transaction
from .tables import device_links, devices, organisations, people

ASKED = ("asked", "met")
"""The states of a link by which a device has asked that is not added yet."""

_told = (
    select(
        device_links, devices.c.person, people.c.display_name, people.c.organisation, organisations.c.name,
        organisations.c.key,
    )
    .join(devices, devices.c.device == device_links.c.device)
    .join(people, people.c.person == devices.c.person)
    .join(organisations, organisations.c.organisation == people.c.organisation)
)  # fmt: skip
"""With whose it is, and their organisation's name and key."""


async def put(tx: Transaction, row: dict[str, Any], now: int) -> None:
    """In place of any other of this device. The caller holds the device."""
    over = or_(device_links.c.device == row["device"], device_links.c.expires_at <= now)
    await tx.execute(delete(device_links).where(over))
    await tx.execute(insert(device_links).values(**row))


async def of_token(tx: Transaction, token_hash: str, now: int) -> Any:
    """The one that is not over, or None."""
    return await tx.first(_told.where(device_links.c.token_hash == token_hash, device_links.c.expires_at > now))


async def of_device(tx: Transaction, device: str, now: int) -> Any:
    """That of the device that made it, if it is not over and was not given up."""
    lasting = (device_links.c.expires_at > now, device_links.c.state != "ended")
    return await tx.first(_told.where(device_links.c.device == device, *lasting))


async def take(tx: Transaction, token_hash: str, asking: dict[str, Any], now: int) -> bool:
    """Uses it up. False where another was first, or it is over."""
    open_one = (device_links.c.token_hash == token_hash, device_links.c.state == "open")
    query = update(device_links).where(*open_one, device_links.c.expires_at > now).values(**asking, state="asked")
    return bool((await tx.execute(query)).rowcount == 1)


async def move(tx: Transaction, token_hash: str, state: str, **changes: Any) -> bool:
    """On from where another device has asked. False where it was given up, or moved on, meanwhile."""
    this = (device_links.c.token_hash == token_hash, device_links.c.state.in_(ASKED))
    return bool((await tx.execute(update(device_links).where(*this).values(state=state, **changes))).rowcount == 1)


async def end(tx: Transaction, device: str) -> None:
    """That of the device that made it, unless it has led to another device already."""
    this = (device_links.c.device == device, device_links.c.state.in_(("open", *ASKED)))
    await tx.execute(update(device_links).where(*this).values(state="ended"))
