"""S10.1 and S10.2 beyond the shared cases: against the recursive definitions, for trees of any entries."""

from hypothesis import given
from hypothesis import strategies as st

from inscope_protocol.merkle import frontier_root, leaf_hash, tree_root, verify_consistency, verify_inclusion

from . import naive_tree

ENTRIES = st.lists(st.binary(max_size=8), max_size=70)
HASHES = st.binary(min_size=32, max_size=32)


@given(ENTRIES)
def test_the_root_is_the_recursive_one(entries: list[bytes]) -> None:
    assert tree_root([leaf_hash(entry) for entry in entries]) == naive_tree.root(entries)


@given(ENTRIES)
def test_the_root_over_complete_subtrees_is_the_same(entries: list[bytes]) -> None:
    frontier, start = [], 0
    for level in reversed(range(len(entries).bit_length())):
        if len(entries) >> level & 1:
            frontier.append(naive_tree.root(entries[start : start + (1 << level)]))
            start += 1 << level
    assert frontier_root(frontier) == naive_tree.root(entries)


@given(ENTRIES.filter(bool), st.data())
def test_every_entry_is_proven_and_no_other(entries: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    proof, root = naive_tree.inclusion(index, entries), naive_tree.root(entries)
    assert verify_inclusion(leaf_hash(entries[index]), index, len(entries), proof, root)
    other = data.draw(HASHES)
    assert not verify_inclusion(other, index, len(entries), proof, root)
    assert not verify_inclusion(leaf_hash(entries[index]), index, len(entries), proof, other)


@given(ENTRIES, st.data())
def test_every_beginning_is_proven_and_no_other(entries: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(entries)))
    proof, root = naive_tree.consistency(first, entries), naive_tree.root(entries)
    older = naive_tree.root(entries[:first])
    assert verify_consistency(first, len(entries), older, root, proof)
    other = data.draw(HASHES)
    assert not verify_consistency(first, len(entries), other, root, proof)
    if first:
        assert not verify_consistency(first, len(entries), older, other, proof)


@given(st.lists(st.binary(max_size=3), min_size=2, max_size=40), st.data())
def test_no_proof_joins_a_fork(entries: list[bytes], data: st.DataObject) -> None:
    """However the hashes of the real proofs are put together, a changed beginning is not a beginning."""
    first = data.draw(st.integers(1, len(entries) - 1))
    forked = [b"forked", *entries[1:]]
    known = [*naive_tree.consistency(first, entries), *naive_tree.consistency(first, forked)]
    proof = data.draw(st.lists(st.sampled_from(known), max_size=8))
    assert not verify_consistency(first, len(entries), naive_tree.root(entries[:first]), naive_tree.root(forked), proof)


@given(st.integers(-2, 2**60), st.integers(-2, 2**60), st.lists(HASHES, max_size=70), HASHES, HASHES)
def test_any_numbers_and_hashes_are_answered(
    one: int, other: int, proof: list[bytes], first: bytes, second: bytes
) -> None:
    assert not verify_inclusion(first, one, other, proof, second)
    assert not verify_consistency(one, other, first, second, proof) or (one == other and first == second)
