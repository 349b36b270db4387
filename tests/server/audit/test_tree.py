"""The tree that grows, and the spans of its proofs, against the recursive definitions (RFC 9162 section 2.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inscope_protocol.merkle import leaf_hash, tree_root
from inscope_server.audit.tree import Frontier, Subtree, consistency_spans, inclusion_spans, proof_of, subtrees_of
from protocol import naive_tree

ENTRIES = [bytes([number]) for number in range(40)]


def grown(entries: list[bytes]) -> tuple[Frontier, dict[Subtree, bytes]]:
    tree, hashes = Frontier(), {}
    for number, entry in enumerate(entries, start=1):
        hashes[Subtree(number, 0)] = leaf_hash(entry)
        hashes.update(tree.append(leaf_hash(entry)))
    return tree, hashes


@pytest.mark.parametrize("size", range(41))
def test_every_proof_of_every_size_is_the_recursive_one(size: int) -> None:
    entries = ENTRIES[:size]
    tree, hashes = grown(entries)
    assert (tree.size, tree.root) == (size, naive_tree.root(entries))
    for index in range(size):
        assert proof_of(inclusion_spans(index, size), hashes) == naive_tree.inclusion(index, entries)
    for first in range(size + 1):
        assert proof_of(consistency_spans(first, size), hashes) == naive_tree.consistency(first, entries)


@given(st.integers(0, 300))
def test_a_frontier_that_was_stored_grows_on(size: int) -> None:
    leaves = [leaf_hash(number.to_bytes(2, "big")) for number in range(size + 20)]
    tree = Frontier()
    for leaf in leaves[:size]:
        tree.append(leaf)
    again = Frontier(tree.size, bytes(tree))
    for leaf in leaves[size:]:
        again.append(leaf)
    assert again.root == tree_root(leaves)


def test_an_append_completes_one_subtree_on_average() -> None:
    tree = Frontier()
    assert sum(len(tree.append(leaf_hash(b""))) for _ in range(1024)) == 1023


@given(st.integers(1, 2**50), st.data())
def test_a_proof_in_a_large_tree_needs_few_subtrees(size: int, data: st.DataObject) -> None:
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    for spans in (inclusion_spans(index, size), consistency_spans(first, size)):
        needed = [subtree for span in spans for subtree in subtrees_of(span)]
        assert len(needed) <= 2 * size.bit_length()
        assert all(subtree.upto % (1 << subtree.level) == 0 and subtree.upto <= size for subtree in needed)


@pytest.mark.parametrize(("size", "hashes"), [(0, bytes(32)), (1, b""), (3, bytes(32)), (3, bytes(65))])
def test_a_frontier_of_another_size_is_refused(size: int, hashes: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier(size, hashes)
