"""Which device sits at which leaf of a thread's tree (SPEC S6.3; RFC 9420 sections 7.7, 7.8 and 12.1.1)."""

from collections.abc import Mapping, Sequence

from .failures import ProtocolError


def allocate(occupied: Mapping[int, str], removes: Sequence[int], adds: Sequence[str]) -> dict[int, str]:
    """Leaf -> device after a commit: removes first, then each add at the left-most blank leaf.

    Fails with `roster_mismatch` for an empty leaf removed or a device that would sit twice.
    """
    devices = dict(occupied)
    for leaf in removes:
        if leaf not in devices:
            raise ProtocolError("roster_mismatch", layer="framing")
        del devices[leaf]
    leaf = 0
    for device in adds:
        while leaf in devices:
            leaf += 1
        devices[leaf] = device
    if len(set(devices.values())) != len(devices):
        raise ProtocolError("roster_mismatch", layer="framing")
    return dict(sorted(devices.items()))


def leaf_count(occupied: Mapping[int, str]) -> int:
    """How many leaves the tree has, blank ones too: the least power of two that reaches the last device."""
    return 1 << max(occupied).bit_length() if occupied else 1
