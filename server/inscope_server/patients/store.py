"""Tables of questions to patients, links to look back, and visits. Tokens and codes are kept as hashes only."""

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
    Text,
    delete,
    insert,
    select,
    update,
)

from ..database import Transaction, metadata

ID = String(26)

questions = Table(
    "patient_questions",
    metadata,
    Column("request", ID, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("consent", ID, nullable=False),
    Column("previous", String(43)),
    Column("person", ID, nullable=False),
    Column("device", ID, nullable=False),
    Column("organisation", ID, nullable=False),
    Column("question", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("answer", LargeBinary),
    Column("answer_hash", String(43)),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_patient_questions_answer_hash", "answer_hash"),
    Index("ix_patient_questions_consent", "consent"),
)
"""`expires_at`: of the question until it is answered, then of the answer until it is recorded."""

links = Table(
    "patient_links",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("consent", ID, nullable=False),
    Column("person", ID),
    Column("organisation", ID, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_patient_links_consent", "consent"),
)

visits = Table(
    "patient_visits",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("of", LargeBinary, nullable=False),
    Column("proven", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_patient_visits_expires_at", "expires_at"),
)


async def put_question(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.execute(insert(questions).values(**row))


async def question(tx: Transaction, request: str, *, lock: bool = False) -> Any:
    query = select(questions).where(questions.c.request == request)
    return await tx.first(query.with_for_update() if lock else query)


async def question_of_token(tx: Transaction, token_hash: bytes, *, lock: bool = False) -> Any:
    query = select(questions).where(questions.c.token_hash == token_hash)
    return await tx.first(query.with_for_update() if lock else query)


async def question_of_answer(tx: Transaction, answer_hash: str, *, lock: bool = False) -> Any:
    query = select(questions).where(questions.c.answer_hash == answer_hash)
    return await tx.first(query.with_for_update() if lock else query)


async def answered(tx: Transaction, consent: str, now: int, *, lock: bool = False) -> list[Any]:
    """Those about a consent whose answer is in its time, the newest answer first."""
    column = questions.c
    query = select(questions).where(column.consent == consent, column.state == "answered", column.expires_at > now)
    query = query.order_by(column.expires_at.desc(), column.request)
    return await tx.all(query.with_for_update() if lock else query)


async def change_question(tx: Transaction, request: str, **values: Any) -> None:
    await tx.execute(update(questions).where(questions.c.request == request).values(**values))


async def drop_answers(tx: Transaction, consent: str, but: str) -> None:
    """A later no: what was answered earlier, to other questions, is recorded by nobody any more."""
    where = (questions.c.consent == consent, questions.c.request != but, questions.c.state == "answered")
    await tx.execute(update(questions).where(*where).values(state="over", answer=None, answer_hash=None))


async def forget_questions(tx: Transaction, before: int) -> None:
    """Unanswered ones that are over; an answered one stays, since a consent may name its answer."""
    await tx.execute(delete(questions).where(questions.c.expires_at <= before, questions.c.answer.is_(None)))


async def put_link(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.execute(insert(links).values(**row))


async def link(tx: Transaction, token_hash: bytes, *, lock: bool = False) -> Any:
    query = select(links).where(links.c.token_hash == token_hash)
    return await tx.first(query.with_for_update() if lock else query)


async def count_failure(tx: Transaction, token_hash: bytes, failures: int, locked_until: int) -> None:
    where = links.c.token_hash == token_hash
    await tx.execute(update(links).where(where).values(failures=failures, locked_until=locked_until))


async def drop_links(tx: Transaction, consent: str) -> None:
    await tx.execute(delete(links).where(links.c.consent == consent))


async def put_visit(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.execute(insert(visits).values(**row))


async def visit(tx: Transaction, secret_hash: bytes) -> Any:
    return await tx.first(select(visits).where(visits.c.secret_hash == secret_hash))


async def prove_visit(tx: Transaction, secret_hash: bytes) -> None:
    await tx.execute(update(visits).where(visits.c.secret_hash == secret_hash).values(proven=1))


async def prolong_visit(tx: Transaction, secret_hash: bytes, until: int) -> None:
    await tx.execute(update(visits).where(visits.c.secret_hash == secret_hash).values(expires_at=until))


async def forget_visits(tx: Transaction, before: int) -> None:
    await tx.execute(delete(visits).where(visits.c.expires_at <= before))
