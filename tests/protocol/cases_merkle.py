"""The cases of `merkle/`: the reference tree of Certificate Transparency with its published roots and proofs, trees of
0 to 20 leaves, and proofs that prove nothing (S10.1, S10.2)."""

from typing import Any

from . import naive_tree
from .cases import Case, b64, case

ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
"""The leaves of the reference tree (certificate-transparency, merkle_tree_test), as are the hashes that follow."""

A = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
B = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
C = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
D = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
SECOND_LEAF = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
SEVENTH_LEAF = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSIONS: list[tuple[int, int, list[str]]] = [
    (0, 1, []),
    (0, 8, [SECOND_LEAF, A, B]),
    (5, 8, [C, D, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], A, C]),
]
CONSISTENCIES: list[tuple[int, int, list[str]]] = [
    (1, 1, []),
    (1, 8, [SECOND_LEAF, A, B]),
    (6, 8, [SEVENTH_LEAF, D, ROOTS[4]]),
    (2, 5, [A, C]),
]
MADE = [bytes([number]) * number for number in range(20)]


def hashes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def rooted(name: str, entries: list[bytes], root: bytes) -> Case:
    return case(name, "value", "S10.1", "tree_root", {"entries": [b64(one) for one in entries]}, b64(root))


def included(name: str, ok: bool, **given: Any) -> Case:
    told = {**given, "entry": b64(given["entry"]), "root": b64(given["root"])}
    told["proof"] = [b64(one) for one in given["proof"]]
    return case(name, "value", "S10.2", "verify_inclusion", told, ok)


def consistent(name: str, ok: bool, **given: Any) -> Case:
    told = {**given, "first_root": b64(given["first_root"]), "second_root": b64(given["second_root"])}
    told["proof"] = [b64(one) for one in given["proof"]]
    return case(name, "value", "S10.2", "verify_consistency", told, ok)


def roots() -> list[Case]:
    reference = [rooted(f"reference, {size} leaves", ENTRIES[:size], hashes([ROOTS[size]])[0]) for size in range(9)]
    return reference + [rooted(f"made, {size} leaves", MADE[:size], naive_tree.root(MADE[:size])) for size in range(21)]


def inclusion_of(entries: list[bytes], index: int, size: int) -> dict[str, Any]:
    tree = entries[:size]
    proof = naive_tree.inclusion(index, tree)
    return {"entry": tree[index], "index": index, "size": size, "proof": proof, "root": naive_tree.root(tree)}


def consistency_of(entries: list[bytes], first: int, second: int) -> dict[str, Any]:
    return {
        "first": first, "second": second, "proof": naive_tree.consistency(first, entries[:second]),
        "first_root": naive_tree.root(entries[:first]), "second_root": naive_tree.root(entries[:second]),
    }  # fmt: skip


def inclusions() -> list[Case]:
    good = [
        included(f"reference: leaf {index} of {size}", True, entry=ENTRIES[index], index=index, size=size,
                 proof=hashes(proof), root=hashes([ROOTS[size]])[0])
        for index, size, proof in INCLUSIONS
    ]  # fmt: skip
    good += [
        included(f"made: leaf {index} of {size}", True, **inclusion_of(MADE, index, size))
        for size in range(1, 21) for index in range(size)
    ]  # fmt: skip
    bad = []
    for index, size in ((0, 8), (5, 8), (2, 3), (1, 5), (19, 20)):
        given = inclusion_of(MADE, index, size)
        proof, where = given["proof"], f"leaf {index} of {size}"
        changes: dict[str, dict[str, Any]] = {
            "truncated": {"proof": proof[:-1]},
            "without its first": {"proof": proof[1:]},
            "extended": {"proof": [*proof, proof[0]]},
            "extended before": {"proof": [given["root"], *proof]},
            "nothing in it": {"proof": []},
            "one bit changed": {"proof": [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]},
            "a hash too short": {"proof": [proof[0][:-1], *proof[1:]]},
            "of the leaf beside": {"index": index - 1 if index else 1},
            "beyond the end": {"index": size},
            "before the beginning": {"index": -1},
            "of twice the size": {"size": 2 * size + 1},
            "of no leaves": {"size": 0},
            "of another entry": {"entry": b"another"},
            "to another root": {"root": naive_tree.root(MADE[: size - 1])},
        }
        if len(proof) > 1:
            changes["swapped"] = {"proof": [proof[1], proof[0], *proof[2:]]}
        bad += [included(f"{where}: {name}", False, **{**given, **change}) for name, change in changes.items()]
    bad += [
        included("an inner node given for a leaf", False, index=0, size=2, root=naive_tree.root(MADE[:4]),
                 entry=naive_tree.root(MADE[:2]), proof=[naive_tree.root(MADE[2:4])]),
        included("the last leaf, one leaf more", False, **{**inclusion_of(MADE, 6, 7), "size": 8}),
    ]  # fmt: skip
    # The way up is the same in both trees: a size is known by the signed head alone.
    same_way = included("a size with the same way up", True, **{**inclusion_of(MADE, 0, 8), "size": 7})
    return [*good, same_way, *bad]


def consistencies() -> list[Case]:
    good = [
        consistent(f"reference: {first} in {second}", True, first=first, second=second, proof=hashes(proof),
                   first_root=hashes([ROOTS[first]])[0], second_root=hashes([ROOTS[second]])[0])
        for first, second, proof in CONSISTENCIES
    ]  # fmt: skip
    good += [
        consistent(f"made: {first} in {second}", True, **consistency_of(MADE, first, second))
        for second in range(21) for first in range(second + 1)
    ]  # fmt: skip
    other = [b"another", *MADE[1:]]
    bad = []
    for first, second in ((1, 8), (6, 8), (2, 5), (4, 8), (7, 20), (16, 20)):
        given = consistency_of(MADE, first, second)
        proof, where = given["proof"], f"{first} in {second}"
        changes: dict[str, dict[str, Any]] = {
            "truncated": {"proof": proof[:-1]},
            "extended": {"proof": [*proof, proof[0]]},
            "extended before": {"proof": [given["first_root"], *proof]},
            "nothing in it": {"proof": []},
            "one bit changed": {"proof": [*proof[:-1], bytes([proof[-1][0] ^ 1]) + proof[-1][1:]]},
            "the other way round": {"first": second, "second": first},
            "said to be the same size": {"second": first},
            "said to be of no leaves": {"first": 0},
            "a size below nothing": {"first": -1},
            "of twice the size": {"second": 2 * second + 1},
            "from another root": {"first_root": naive_tree.root(other[:first])},
            "to another root": {"second_root": naive_tree.root(other[:second])},
            "to a root that was forked": {"proof": naive_tree.consistency(first, other[:second]),
                                          "second_root": naive_tree.root(other[:second])},
        }  # fmt: skip
        if len(proof) > 1:
            changes["swapped"] = {"proof": [proof[1], proof[0], *proof[2:]]}
        bad += [consistent(f"{where}: {name}", False, **{**given, **change}) for name, change in changes.items()]
    nothing, some = naive_tree.root([]), naive_tree.root(MADE[:3])
    bad += [
        consistent("none in none, two roots", False, first=0, second=0, first_root=nothing, second_root=some, proof=[]),
        consistent("none in three, a proof", False, first=0, second=3, first_root=nothing, second_root=some,
                   proof=[some]),
        consistent("none in three, a root of something", False, first=0, second=3, first_root=some, second_root=some,
                   proof=[]),
        consistent("three in three, a proof", False, first=3, second=3, first_root=some, second_root=some,
                   proof=[some]),
        consistent("three in three, two roots", False, first=3, second=3, first_root=some, proof=[],
                   second_root=naive_tree.root(other[:3])),
    ]  # fmt: skip
    return good + bad


def files() -> dict[str, list[Case]]:
    return {"merkle/root": roots(), "merkle/inclusion": inclusions(), "merkle/consistency": consistencies()}
