"""Tables of disclosures, and of the blobs that are to be deleted.

A picture and its preview (SPEC S7.1) are two rows and never differ in state: what lists or moves disclosures names the
pictures alone, and their previews go with them. Who holds both holds the picture first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from ..database import Transaction, metadata, portions
from . import pieces

disclosures = Table(
    "disclosures",
    metadata,
    Column("disclosure", String(26), primary_key=True),
    Column("thread", String(26), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("consent", String(26), nullable=False),
    Column("version", Integer, nullable=False),
    Column("image", String(26), nullable=False),
    Column("subject", String(26), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("deidentified", Boolean, nullable=False),
    Column("sensitive", String(40), nullable=False),
    Column("origin", String(26)),
    Column("preview_of", String(26)),
    Column("blob", String(26), nullable=False, unique=True),
    Column("server_half", LargeBinary),
    Column("state", String(12), nullable=False),
    Column("code", String(32)),
    Column("person", String(26), nullable=False),
    Column("device", String(26), nullable=False),
    Column("message", String(26)),
    Column("lapses_at", BigInteger, nullable=False),
    Column("organisation", String(26)),
    Column("attached_at", BigInteger),
    Index("ix_disclosures_thread_state", "thread", "state"),
    Index("ix_disclosures_consent_state", "consent", "state"),
    Index("ix_disclosures_state_lapses", "state", "lapses_at"),
    Index("ix_disclosures_state_attached", "state", "attached_at"),
    Index("ix_disclosures_preview_of", "preview_of", unique=True),
)

garbage = Table(
    "blob_garbage",
    metadata,
    Column("blob", String(26), primary_key=True),
)

SHARED = ("live", "suspended")
PICTURE = disclosures.c.preview_of.is_(None)

_one = select(disclosures).where(disclosures.c.disclosure == bindparam("disclosure"))
_one_held = _one.with_for_update()
_of_blob = select(disclosures).where(disclosures.c.blob == bindparam("blob"))
_of_blob_held = _of_blob.with_for_update()
_previews = select(disclosures.c.disclosure).where(disclosures.c.preview_of.in_(bindparam("ids", expanding=True)))
_pictures_first = (disclosures.c.preview_of.is_not(None), disclosures.c.disclosure)
_in_order = select(disclosures.c.disclosure).order_by(*_pictures_first).with_for_update()
_pending = (
    select(func.count())
    .select_from(disclosures)
    .where(
        disclosures.c.state == "pending",
        disclosures.c.lapses_at > bindparam("now"),
        disclosures.c.device == bindparam("device"),
    )
)


def _pairs(ids: Collection[str]) -> Any:
    """Pictures, and the previews of those that have one."""
    return or_(disclosures.c.disclosure.in_(ids), disclosures.c.preview_of.in_(ids))


async def put(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.execute(insert(disclosures), row)


async def load(tx: Transaction, disclosure: str, *, lock: bool = False) -> Any:
    return await tx.first(_one_held if lock else _one, {"disclosure": disclosure})


async def lock(tx: Transaction, ids: list[str]) -> None:
    """Holds these disclosures until the transaction ends; always in one order, against deadlocks."""
    await tx.hold(_in_order, disclosures.c.disclosure, ids)


async def previews_of(tx: Transaction, ids: Collection[str]) -> set[str]:
    return {row.disclosure for row in await tx.all(_previews, {"ids": list(ids)})}


async def of_blob(tx: Transaction, blob: str, *, lock: bool = False) -> Any:
    return await tx.first(_of_blob_held if lock else _of_blob, {"blob": blob})


async def of_thread(tx: Transaction, thread: str, states: tuple[str, ...], *, lock: bool = False) -> list[Any]:
    return await of_threads(tx, [thread], states, lock=lock)


async def of_threads(tx: Transaction, threads: list[str], states: tuple[str, ...], *, lock: bool = False) -> list[Any]:
    query = select(disclosures).where(PICTURE, disclosures.c.state.in_(states)).order_by(disclosures.c.disclosure)
    return await tx.all_in(query.with_for_update() if lock else query, disclosures.c.thread, threads)


async def blobs_in(tx: Transaction, states: tuple[str, ...]) -> list[str]:
    """Of pictures and previews of all threads."""
    query = select(disclosures.c.blob).where(disclosures.c.state.in_(states))
    return [row.blob for row in await tx.all(query.order_by(disclosures.c.disclosure))]


async def in_states(tx: Transaction, states: tuple[str, ...]) -> list[Any]:
    """Of all threads, held until the transaction ends."""
    query = select(disclosures).where(PICTURE, disclosures.c.state.in_(states)).order_by(disclosures.c.disclosure)
    return await tx.all(query.with_for_update())


async def of_consent(tx: Transaction, consent: str, states: tuple[str, ...], *, lock: bool = False) -> list[Any]:
    where = (PICTURE, disclosures.c.consent == consent, disclosures.c.state.in_(states))
    query = select(disclosures).where(*where).order_by(disclosures.c.disclosure)
    return await tx.all(query.with_for_update() if lock else query)


async def threads_of(tx: Transaction, ids: Collection[str]) -> list[Any]:
    """Rows (disclosure, thread)."""
    query = select(disclosures.c.disclosure, disclosures.c.thread)
    return await tx.all_in(query.order_by(disclosures.c.disclosure), disclosures.c.disclosure, ids)


async def ever_of_consent(tx: Transaction, consent: str) -> list[Any]:
    """Rows (disclosure, preview_of)."""
    query = select(disclosures.c.disclosure, disclosures.c.preview_of).where(disclosures.c.consent == consent)
    return await tx.all(query.order_by(disclosures.c.disclosure))


async def ever_attached(tx: Transaction, consent: str, versions: Collection[int]) -> list[Any]:
    """Those of a consent's disclosures that became part of a message, of these versions."""
    where = (disclosures.c.consent == consent, disclosures.c.message.is_not(None), disclosures.c.version.in_(versions))
    return await tx.all(select(disclosures).where(*where).order_by(disclosures.c.disclosure))


async def count_pending(tx: Transaction, device: str, now: int) -> int:
    return int((await tx.first(_pending, {"now": now, "device": device}))[0])


async def lapsed(tx: Transaction, now: int, most: int) -> list[Any]:
    """Held until the transaction ends; one that is being attached or closed at this moment is left to who does that."""
    where = (PICTURE, disclosures.c.state == "pending", disclosures.c.lapses_at <= now)
    query = select(disclosures).where(*where).order_by(disclosures.c.disclosure).limit(most)
    return await tx.all(query.with_for_update(skip_locked=True))


async def make_live(tx: Transaction, disclosure: str, message: str, organisation: str, now: int) -> None:
    """`organisation`: of who attaches it, by whose days its time runs (S12.11)."""
    values = {"state": "live", "message": message, "code": None, "organisation": organisation, "attached_at": now}
    await tx.execute(update(disclosures).where(disclosures.c.disclosure == disclosure).values(**values))


async def attached_before(
    tx: Transaction, organisation: str | None, others: Collection[str], until: int, after: str, most: int
) -> list[str]:
    """Shared disclosures of an organisation's people, or with None of all but `others`; beyond `after` by their ids."""
    column = disclosures.c.organisation
    whose = column == organisation if organisation is not None else column.not_in(list(others))
    shared = (PICTURE, disclosures.c.state.in_(SHARED), disclosures.c.attached_at <= until)
    where = (*shared, whose, disclosures.c.disclosure > after)
    query = select(disclosures.c.disclosure).where(*where).order_by(disclosures.c.disclosure).limit(most)
    return [row.disclosure for row in await tx.all(query)]


async def move(tx: Transaction, disclosure: str, state: str, code: str | None) -> None:
    """As `move_all`, of one picture."""
    await move_all(tx, [disclosure], state, code)


async def move_all(tx: Transaction, ids: Sequence[str], state: str, code: str | None) -> None:
    """A new state, of pictures and of their previews. `destroyed` overwrites their server halves: they can never be
    released again (invariant 6), and their blobs are deleted.
    """
    values: dict[str, Any] = {"state": state, "code": code}
    if state == "destroyed":
        values["server_half"], tx.destroys = None, True
    for some in portions(ids):
        await tx.execute(update(disclosures).where(_pairs(some)).values(**values))
        if state == "destroyed":
            rows = await tx.all(select(disclosures.c.blob).where(_pairs(some)))
            await discard_blobs(tx, [row.blob for row in rows])


async def discard_blobs(tx: Transaction, blobs: Sequence[str]) -> None:
    """Forgets their pieces, and notes them for the sweeper: objects may be there of which no row speaks.

    The caller holds the disclosures.
    """
    await pieces.forget(tx, blobs)
    noted = {row.blob for row in await tx.all_in(select(garbage.c.blob), garbage.c.blob, blobs)}
    fresh = [{"blob": blob} for blob in blobs if blob not in noted]
    if fresh:
        await tx.execute(insert(garbage), fresh)


async def collectable(tx: Transaction, after: str, most: int) -> list[str]:
    """Blobs beyond `after`, by their ids."""
    query = select(garbage.c.blob).where(garbage.c.blob > after).order_by(garbage.c.blob).limit(most)
    return [row.blob for row in await tx.all(query)]


async def collected(tx: Transaction, blob: str) -> None:
    await tx.execute(delete(garbage).where(garbage.c.blob == blob))
