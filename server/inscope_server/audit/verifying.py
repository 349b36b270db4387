"""Everything that is stored of the log, compared with what its entries give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inscope_protocol.merkle import leaf_hash
from inscope_protocol.types import TreeHead

from ..database import Transaction
from ..progress import Advance, stage
from . import store
from .entry import COLUMNS, says
from .recomputation import LogFault, Recomputation
from .tree import Frontier


async def verify_stored(tx: Transaction, saved: Iterable[TreeHead]) -> None:
    """Raises LogFault for the first entry, node or head that does not hold.

    Entries appended meanwhile lie after the head that was read first, and are followed too.
    """
    head, recomputed = await store.head_of(tx), Recomputation(saved)
    _check_head(head, recomputed.tree)
    with stage("Entries of the log", head.size) as advance:
        await _check_entries(tx, head, recomputed, advance)
    await _check_end(tx, head, recomputed)


async def _check_entries(tx: Transaction, head: Frontier, recomputed: Recomputation, advance: Advance) -> None:
    async for rows in store.batches(tx):
        stored = await store.nodes_between(tx, recomputed.tree.size, rows[-1].seq)
        for row in rows:
            _check_entry(row, recomputed.tree.size + 1)
            for subtree, hash_ in recomputed.add(row.body):
                first = subtree.upto - (1 << subtree.level) + 1
                if stored.pop(subtree, None) != hash_:
                    raise LogFault(first, f"the tree over entries {first} to {subtree.upto} is not that of its entries")
            _check_head(head, recomputed.tree)
        for subtree in stored:
            raise LogFault(subtree.upto, f"entry {subtree.upto} does not complete what is stored as completed by it")
        advance(len(rows))


def _check_entry(row: Any, expected: int) -> None:
    if row.seq != expected:
        raise LogFault(expected, f"entry {expected} is missing")
    if row.hash != leaf_hash(row.body) or not says(row.body, {name: getattr(row, name) for name in COLUMNS}):
        raise LogFault(expected, f"entry {expected} was edited")


def _check_head(head: Frontier, tree: Frontier) -> None:
    if head.size == tree.size and head.hashes != tree.hashes:
        raise LogFault(max(1, tree.size), f"the head is not that of the first {tree.size} entries")


async def _check_end(tx: Transaction, head: Frontier, recomputed: Recomputation) -> None:
    size = recomputed.tree.size
    if size < head.size or await store.first_node_beyond_entries(tx) is not None:
        raise LogFault(size + 1, f"entry {size + 1} is missing: the log is cut short")
    if (await store.head_of(tx)).size < size:
        raise LogFault(head.size + 1, f"entry {head.size + 1} lies after the head")
    recomputed.end()
