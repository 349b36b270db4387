"""Trees and proofs as RFC 9162 section 2.1 defines them, by recursion over all entries: to measure the real ones by."""

from hashlib import sha256


def split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def root(entries: list[bytes]) -> bytes:
    """Section 2.1.1."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    k = split(len(entries))
    return sha256(b"\1" + root(entries[:k]) + root(entries[k:])).digest()


def inclusion(index: int, entries: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if index < k:
        return [*inclusion(index, entries[:k]), root(entries[k:])]
    return [*inclusion(index - k, entries[k:]), root(entries[:k])]


def consistency(first: int, entries: list[bytes]) -> list[bytes]:
    """PROOF of section 2.1.4.1; empty where there is nothing to prove."""
    return _subproof(first, entries, True) if 0 < first < len(entries) else []


def _subproof(first: int, entries: list[bytes], whole: bool) -> list[bytes]:
    if first == len(entries):
        return [] if whole else [root(entries)]
    k = split(len(entries))
    if first <= k:
        return [*_subproof(first, entries[:k], whole), root(entries[k:])]
    return [*_subproof(first - k, entries[k:], False), root(entries[:k])]
