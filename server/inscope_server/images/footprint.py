"""How far a consent's images went, in numbers: for who may know of them without seeing them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..audit.service import Audit
from ..database import Transaction
from ..threads.service import Threads
from . import store


@dataclass(frozen=True)
class Footprint:
    """`places`: (kind, purpose) of each thread that had one; `openings`: how often somebody was given one to see."""

    images: int
    places: list[tuple[str, str]]
    openings: int


async def footprint_of(
    tx: Transaction, threads: Threads, audit: Audit, consent: str, versions: Collection[int]
) -> Footprint:
    rows = await store.ever_attached(tx, consent, versions)
    there = [await threads.load(tx, thread) for thread in sorted({row.thread for row in rows})]
    opened = await audit.of_consent(tx, consent, [row.disclosure for row in rows], ("open",))
    return Footprint(
        len({row.image for row in rows}),
        [(thread.kind, thread.purpose) for thread in there],
        sum(entry["outcome"] == "permit" for entry in opened),
    )
