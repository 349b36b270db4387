"""How far a consent's images went, in numbers: for who may know of them without seeing them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..audit.service import Audit
from ..database import Transaction
from ..threads.service import Threads
from . import store
from .looks import looks


@dataclass(frozen=True)
class Footprint:
    """`places`: (kind, purpose) of each thread that had one; `openings`: how often somebody looked at one."""

    images: int
    places: list[tuple[str, str]]
    openings: int


async def footprint_of(
    tx: Transaction, threads: Threads, audit: Audit, consent: str, versions: Collection[int]
) -> Footprint:
    rows = await store.ever_attached(tx, consent, versions)
    there = [await threads.load(tx, thread) for thread in sorted({row.thread for row in rows})]
    opened = await audit.of_consent(tx, consent, [row.disclosure for row in rows], ("open",))
    pictures = {row.disclosure: row.preview_of or row.disclosure for row in rows}
    seen = looks(
        (entry["person"], pictures[entry["disclosure"]], entry["at"])
        for entry in opened
        if entry["outcome"] == "permit"
    )
    return Footprint(len({row.image for row in rows}), [(thread.kind, thread.purpose) for thread in there], len(seen))
