"""The log recomputed from its entries, and compared with the heads that somebody saved."""

from __future__ import annotations

from collections.abc import Iterable

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.merkle import leaf_hash
from inscope_protocol.types import TreeHead

from .tree import Frontier, Subtree


class LogFault(Exception):
    """Where the log does not hold. `entry`: the number of the first entry, from 1, that is not as it was logged."""

    def __init__(self, entry: int, sentence: str) -> None:
        super().__init__(sentence)
        self.entry = entry


class Recomputation:
    """The tree over entries added one after another. `saved`: heads whose signatures were checked before."""

    def __init__(self, saved: Iterable[TreeHead] = ()) -> None:
        self.tree = Frontier()
        self.saved = sorted(saved, key=lambda head: head.size)
        self._compare()

    def add(self, body: bytes) -> list[tuple[Subtree, bytes]]:
        """Adds an entry's exact bytes; the subtrees that it completes. Raises LogFault where a saved head differs."""
        completed = self.tree.append(leaf_hash(body))
        self._compare()
        return completed

    def end(self) -> None:
        """There are no more entries. Raises LogFault when a head was signed over more."""
        for head in self.saved:
            raise LogFault(
                self.tree.size + 1,
                f"entry {self.tree.size + 1} is missing: a head was signed over {head.size} entries, "
                f"and {self.tree.size} are there",
            )

    def _compare(self) -> None:
        while self.saved and self.saved[0].size == self.tree.size:
            head = self.saved.pop(0)
            if decode_base64url(head.root) != self.tree.root:
                raise LogFault(1, f"the first {head.size} entries are not those over which a head was signed")
