"""A Merkle tree that grows, and of which only complete subtrees are kept (RFC 9162 section 2.1). Pure.

The tree of any size consists of complete subtrees, one for each 1 in the size's binary form, the largest first: its
frontier. A leaf that is appended joins those at the end; what it completes never changes again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from inscope_protocol.merkle import HASH_SIZE, frontier_root, node_hash


class Subtree(NamedTuple):
    """The `1 << level` leaves before leaf `upto`; complete when the tree has that size."""

    upto: int
    level: int


class Span(NamedTuple):
    """The leaves from `start` to before `end` under one node of a proof."""

    start: int
    end: int


class Frontier:
    """A tree of `size` leaves as the hashes of its complete subtrees."""

    def __init__(self, size: int = 0, hashes: bytes = b"") -> None:
        if len(hashes) != size.bit_count() * HASH_SIZE:
            raise ValueError("not the frontier of a tree of that size")
        self.size = size
        self.hashes = [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]

    def append(self, leaf: bytes) -> list[tuple[Subtree, bytes]]:
        """Adds the hash of a leaf. The subtrees of two leaves and more that it completes, the smallest first."""
        completed = []
        level, before = 0, self.size
        self.size += 1
        while before & 1:
            leaf, level, before = node_hash(self.hashes.pop(), leaf), level + 1, before >> 1
            completed.append((Subtree(self.size, level), leaf))
        self.hashes.append(leaf)
        return completed

    @property
    def root(self) -> bytes:
        return frontier_root(self.hashes)

    def __bytes__(self) -> bytes:
        return b"".join(self.hashes)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """What an inclusion proof of leaf `index` consists of, in its order (section 2.1.3.1)."""
    spans, start, end = [], 0, size
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """What a proof that `first` leaves begin `second` consists of, in its order (section 2.1.4.1)."""
    if first in (0, second):
        return []
    spans, start, end, whole = [], 0, second, True
    while end != first:
        middle = _middle(start, end)
        if first <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start, whole = middle, False
    return [*([] if whole else [Span(start, end)]), *spans[::-1]]


def _middle(start: int, end: int) -> int:
    """Where a node's left child ends: the largest power of two that is smaller than the number of leaves."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def subtrees_of(span: Span) -> list[Subtree]:
    """The complete subtrees of which a span consists, the largest first: one, unless it ends where the tree does."""
    found, start = [], span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        start += 1 << level
        found.append(Subtree(start, level))
    return found


def proof_of(spans: Iterable[Span], hashes: Mapping[Subtree, bytes]) -> list[bytes]:
    """The hash over each span, of the hashes of the complete subtrees."""
    return [frontier_root([hashes[subtree] for subtree in subtrees_of(span)]) for span in spans]
