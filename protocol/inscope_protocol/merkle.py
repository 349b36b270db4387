"""The log as a Merkle tree: hashes, the root, and what a proof proves (SPEC S10; RFC 9162 section 2.1, as RFC 6962)."""

from collections.abc import Sequence

from nacl.bindings import crypto_hash_sha256

HASH_SIZE = 32
EMPTY_ROOT = crypto_hash_sha256(b"")


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry (RFC 9162 section 2.1.1): 32 bytes."""
    return crypto_hash_sha256(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two neighbouring subtrees (RFC 9162 section 2.1.1): 32 bytes."""
    return crypto_hash_sha256(b"\x01" + left + right)


def frontier_root(subtrees: Sequence[bytes]) -> bytes:
    """The root over the complete subtrees that a tree of any size consists of, the largest (left-most) first."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes (RFC 9162 section 2.1.1)."""
    frontier: list[bytes] = []
    for index, leaf in enumerate(leaves):
        joined, before = leaf, index
        while before & 1:
            joined = node_hash(frontier.pop(), joined)
            before >>= 1
        frontier.append(joined)
    return frontier_root(frontier)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the tree of `size` leaves under `root` holds `leaf` at `index`, from 0 (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, joined = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            joined = node_hash(sibling, joined)
            at, last = _past_left_edges(at, last)
        else:
            joined = node_hash(joined, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and joined == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `second` leaves begins with the `first` leaves of the other (RFC 9162 section 2.1.4.2).

    Every tree begins with the empty one and with itself; the proof of that is empty.
    """
    if not 0 <= first <= second:
        return False
    if first in (0, second):
        return not proof and first_root == (second_root if first == second else EMPTY_ROOT)
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            at, last = _past_left_edges(at, last)
        else:
            newer = node_hash(newer, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and older == first_root and newer == second_root


def _past_left_edges(at: int, last: int) -> tuple[int, int]:
    """Up from the right edge to where this subtree is a right child: the levels between join nothing."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last
