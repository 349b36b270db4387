"""Tables of consents: one row a consent, one a signed version, and the threads in which it was spoken of."""

from __future__ import annotations

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
    delete,
    insert,
    select,
    update,
)

from ..database import Transaction, metadata

consents = Table(
    "consents",
    metadata,
    Column("consent", String(26), primary_key=True),
    Column("subject", String(26), nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_consents_subject", "subject"),
)

subjects = Table("consent_subjects", metadata, Column("subject", String(26), primary_key=True))
"""Patients of whom somebody recorded what they were not asked: a row to hold, since a patient has no other."""

versions = Table(
    "consent_versions",
    metadata,
    Column("consent", String(26), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(43), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("person", String(26)),
    Column("recorded_at", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    Column("next_end", BigInteger),
    Index("ix_consent_versions_person", "person"),
    Index("ix_consent_versions_next_end", "next_end"),
)

places = Table(
    "consent_threads",
    metadata,
    Column("consent", String(26), primary_key=True),
    Column("thread", String(26), primary_key=True),
    Index("ix_consent_threads_thread", "thread"),
)

_shared = select(consents.c.consent).order_by(consents.c.consent).with_for_update(read=True)
_held = select(consents.c.consent).order_by(consents.c.consent).with_for_update()
_newest = (
    select(versions)
    .join(consents, (consents.c.consent == versions.c.consent) & (consents.c.version == versions.c.version))
    .where(versions.c.consent == bindparam("consent"))
)
_history = select(versions).where(versions.c.consent == bindparam("consent")).order_by(versions.c.version)


async def lock(tx: Transaction, ids: list[str], *, share: bool) -> None:
    """Holds these consents until the transaction ends: shared by those who rest on them, alone by who changes them."""
    await tx.hold(_shared if share else _held, consents.c.consent, ids)


async def newest(tx: Transaction, consent: str) -> Any:
    return await tx.first(_newest, {"consent": consent})


async def versions_standing(tx: Transaction, ids: list[str]) -> list[Any]:
    """Rows (consent, version, hash) of the newest version of each."""
    query = select(versions.c.consent, versions.c.version, versions.c.hash).join(
        consents, (consents.c.consent == versions.c.consent) & (consents.c.version == versions.c.version)
    )
    return await tx.all_in(query.order_by(versions.c.consent), versions.c.consent, ids)


async def history(tx: Transaction, consent: str) -> list[Any]:
    return await tx.all(_history, {"consent": consent})


async def hold_subject(tx: Transaction, subject: str) -> None:
    """Nobody else holds this patient until the transaction ends. Of two who find no row, one begins anew."""
    if await tx.first(select(subjects).where(subjects.c.subject == subject).with_for_update()) is None:
        await tx.execute(insert(subjects).values(subject=subject))


async def of_subject(tx: Transaction, subject: str) -> list[Any]:
    """Every version of each consent of a patient, by consent and version."""
    query = select(versions).join(consents, consents.c.consent == versions.c.consent)
    return await tx.all(query.where(consents.c.subject == subject).order_by(versions.c.consent, versions.c.version))


async def put(tx: Transaction, subject: str, row: dict[str, Any]) -> None:
    if row["version"] == 1:
        await tx.execute(insert(consents).values(consent=row["consent"], subject=subject, version=1))
    else:
        where = consents.c.consent == row["consent"]
        await tx.execute(update(consents).where(where).values(version=row["version"]))
        await note_next_end(tx, row["consent"], row["version"] - 1, None)
    await tx.execute(insert(versions).values(**row))


async def forget(tx: Transaction, consent: str) -> None:
    """As if it had never been recorded."""
    for table in (versions, places, consents):
        await tx.execute(delete(table).where(table.c.consent == consent))


async def link(tx: Transaction, consent: str, thread: str) -> None:
    where = (places.c.consent == consent, places.c.thread == thread)
    if await tx.first(select(places.c.consent).where(*where)) is None:
        await tx.execute(insert(places).values(consent=consent, thread=thread))


async def threads_of(tx: Transaction, consent: str) -> list[str]:
    return [row.thread for row in await tx.all(select(places.c.thread).where(places.c.consent == consent))]


async def of_caller(tx: Transaction, person: str, threads: list[str]) -> list[str]:
    """Consents that the person recorded, and those spoken of in these threads."""
    recorded = await tx.all(select(versions.c.consent).where(versions.c.person == person).distinct())
    near = await tx.all_in(select(places.c.consent).distinct(), places.c.thread, threads)
    return sorted({row.consent for row in recorded} | {row.consent for row in near})


async def note_next_end(tx: Transaction, consent: str, version: int, at: int | None) -> None:
    where = (versions.c.consent == consent, versions.c.version == version)
    await tx.execute(update(versions).where(*where).values(next_end=at))


async def due(tx: Transaction, now: int, after: str, most: int) -> list[str]:
    """The consents beyond `after` whose newest version has come to its `next_end`, by their ids; at most `most`."""
    query = select(versions.c.consent).join(
        consents, (consents.c.consent == versions.c.consent) & (consents.c.version == versions.c.version)
    )
    beyond = query.where(versions.c.next_end <= now, versions.c.consent > after)
    return [row.consent for row in await tx.all(beyond.order_by(versions.c.consent).limit(most))]
