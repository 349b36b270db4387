"""What was refused to people, read from the log: who tried what, when, and why not. Not: of whom, with which image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Select, literal, select, tuple_

from ..database import Transaction
from .store import DENIED, entries

ATTEMPTS = ("ask", "attach", "open", "add", "file")
"""Questions, and what a device reports, are none."""


@dataclass(frozen=True)
class Denial:
    """`codes`: of its reasons, each once (S5.4, S5.11)."""

    seq: int
    at: int
    event: str
    person: str
    thread: str | None
    codes: tuple[str, ...]


class _Reason(msgspec.Struct):
    code: str


class _Body(msgspec.Struct):
    thread: str | None
    reasons: list[_Reason]


_body = msgspec.json.Decoder(_Body)


async def of_people(
    tx: Transaction, people: Select[Any], since: int, before: tuple[int, int] | None, most: int
) -> list[Denial]:
    """The newest first. `people`: a query of their ids; `before`: (at, seq) of the last one had."""
    return [_denial(row) for row in await tx.all(query(people, since, before).limit(most))]


def query(people: Select[Any], since: int, before: tuple[int, int] | None) -> Select[Any]:
    """Reads denials alone, by their index, and no further back than `since`."""
    columns = (entries.c.seq, entries.c.at, entries.c.event, entries.c.person, entries.c.body)
    denied = select(*columns).where(DENIED, entries.c.at >= since, entries.c.event.in_(ATTEMPTS))
    if before is not None:
        place = tuple_(*(literal(value, BigInteger()) for value in before))
        denied = denied.where(tuple_(entries.c.at, entries.c.seq) < place)
    return denied.where(entries.c.person.in_(people)).order_by(entries.c.at.desc(), entries.c.seq.desc())


def _denial(row: Any) -> Denial:
    said = _body.decode(row.body)
    return Denial(
        row.seq, row.at, row.event, row.person, said.thread, tuple(dict.fromkeys(one.code for one in said.reasons))
    )
