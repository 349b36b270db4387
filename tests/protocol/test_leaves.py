"""S6.3's leaves against a tree that blanks, truncates and extends as RFC 9420 sections 7.7 and 7.8 tell it."""

from hypothesis import given
from hypothesis import strategies as st

from inscope_protocol.leaves import allocate, leaf_count


class Tree:
    """The leaves of a ratchet tree, node by node; None is blank."""

    def __init__(self) -> None:
        self.leaves: list[str | None] = ["founder"]

    def remove(self, leaf: int) -> None:
        self.leaves[leaf] = None
        while len(self.leaves) > 1 and not any(self.leaves[len(self.leaves) // 2 :]):
            del self.leaves[len(self.leaves) // 2 :]

    def add(self, device: str) -> None:
        if None not in self.leaves:
            self.leaves += [None] * len(self.leaves)
        self.leaves[self.leaves.index(None)] = device

    def occupied(self) -> dict[int, str]:
        return {leaf: device for leaf, device in enumerate(self.leaves) if device}


@given(st.lists(st.tuples(st.sets(st.integers(1, 40)), st.integers(0, 6)), max_size=12))
def test_as_a_tree_would(commits: list[tuple[set[int], int]]) -> None:
    tree, occupied, count = Tree(), {0: "founder"}, 0
    for chosen, adding in commits:
        removes = sorted(chosen & set(occupied))
        adds = [f"device {count + number}" for number in range(adding)]
        count += adding
        for leaf in removes:
            tree.remove(leaf)
        for device in adds:
            tree.add(device)
        occupied = allocate(occupied, removes, adds)
        assert occupied == tree.occupied()
        assert leaf_count(occupied) == len(tree.leaves)
