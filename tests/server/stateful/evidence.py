"""What the server's own tables say after a step, for the invariants that are about them (DESIGN section 4)."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from typing import Any

from sqlalchemy import select

from inscope_protocol.framing import parse_commit
from inscope_protocol.leaves import allocate
from inscope_server.audit.store import entries as log
from inscope_server.audit.store import head_of
from inscope_server.database import Transaction
from inscope_server.images.store import disclosures
from inscope_server.threads.service import RESTORED_GAP
from inscope_server.threads.store import entries, roster, threads
from server.stateful.model import Model, Place

parsed = lru_cache(parse_commit)


class Violation(AssertionError):
    """An invariant of DESIGN section 4 does not hold."""


def holds(invariant: int, condition: bool, *evidence: Any) -> None:
    if not condition:
        raise Violation(f"invariant {invariant}", *evidence)


async def check_disclosures(tx: Transaction, model: Model) -> None:
    """6: what is destroyed has no key half; and every state is what the model says."""
    mine = [row.disclosure for row in model.disclosures]
    rows = {row.disclosure: row for row in await tx.all(select(disclosures).where(disclosures.c.disclosure.in_(mine)))}
    for known in model.disclosures:
        row = rows[known.disclosure]
        holds(6, row.state != "destroyed" or row.server_half is None, row)
        holds(6, not (known.state == "destroyed" and row.state != "destroyed"), known, row)
        assert row.state == known.state, (row, known)


async def check_threads(tx: Transaction, places: list[Place], acknowledged: dict[str, Counter[str]]) -> None:
    """All threads of a life, read together."""
    mine = [place.room.thread for place in places]
    heads = {row.thread: row for row in await tx.all(select(threads).where(threads.c.thread.in_(mine)))}
    lines = await tx.all(select(entries).where(entries.c.thread.in_(mine)).order_by(entries.c.seq))
    sitting = await tx.all(select(roster).where(roster.c.thread.in_(mine)).order_by(roster.c.leaf))
    for place in places:
        thread = place.room.thread
        its = [[row for row in rows if row.thread == thread] for rows in (lines, sitting)]
        check_thread(place, heads[thread], *its, acknowledged[thread])


def check_thread(place: Place, head: Any, lines: list[Any], sitting: list[Any], acknowledged: Counter[str]) -> None:
    """4: the roster is what the commits make of it. 5: one line of numbers and epochs. 8: each message once."""
    thread = place.room.thread
    holds(5, [line.seq for line in lines] == numbers(lines) and head.head == (lines[-1].seq if lines else 0), thread)
    commits = [parsed(line.mls) for line in lines if line.kind == "commit"]
    holds(5, [commit.epoch for commit in commits] == list(range(head.epoch)), thread)
    leaves = {0: place.creator}
    for commit in commits:
        leaves = dict(allocate(leaves, commit.removes, [new.identity for new in commit.adds]))
    holds(4, {row.leaf: row.device for row in sitting} == leaves == place.room.leaves, thread)
    holds(8, Counter(line.message for line in lines if line.kind == "message") == acknowledged, thread)


def numbers(lines: list[Any]) -> list[int]:
    """As they should be: one after the other, and beyond a gap where the server was set back."""
    return list(accumulate(RESTORED_GAP if line.kind == "restored" else 1 for line in lines))


async def check_log(tx: Transaction, model: Model, since: int) -> int:
    """10: one entry for each release and each denial, and nothing of a patient in it. Returns the newest number.

    Images of earlier lives may close too, when time has moved on for all.
    """
    rows = await tx.all(select(log).where(log.c.seq > since).order_by(log.c.seq))
    mine = {row.disclosure for row in model.disclosures}
    ours = [row for row in rows if row.event != "close" or row.disclosure in mine]
    seen = Counter((row.event, row.outcome, row.disclosure) for row in ours)
    holds(10, seen == model.expected, seen - model.expected, model.expected - seen)
    for row in rows:
        text = row.body.decode()
        private = ["sub_", *(actor.device.person.name for actor in model.actors)]
        holds(10, not any(word in text for word in private), json.loads(text))
    model.expected.clear()
    return (await head_of(tx)).size
