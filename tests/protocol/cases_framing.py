"""The cases of `framing/`: real MLS messages from `mls_material.json`, and what can be done to them (S6)."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from nacl.signing import SigningKey

from inscope_protocol import authenticated_data, tls_encoding
from inscope_protocol.encoding import decode_base64url
from inscope_protocol.tls_encoding import write_opaque

from .cases import MESSAGE, Case, b64, case, filled, ident

SCENES = json.loads((Path(__file__).parent / "mls_material.json").read_text())
CLASSIC = SCENES[0]
THREAD = ident("thr", 1).encode()
SEEDS = {number: bytes([100 + number]) * 32 for number in range(1, 8)}


def framed(call: str, spec: str, name: str, data: bytes, ok: Any = None, fail: str | None = None) -> Case:
    given = {"bytes": b64(data)}
    return case(name, "framing", spec, call, given, fail=fail) if fail else case(name, "framing", spec, call, given, ok)


def u(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


class Parts(NamedTuple):
    """A PublicMessage taken apart, so that any part can be exchanged."""

    group_id: bytes = THREAD
    epoch: int = 1
    sender: bytes = u(1, 1) + u(0, 4)
    authenticated_data: bytes = b""
    content_type: int = 3
    proposals: tuple[bytes, ...] = ()
    path: bytes = b"\0"
    tail: bytes = b""
    head: bytes = u(1, 2) + u(1, 2)

    def message(self) -> bytes:
        return b"".join((
            self.head, write_opaque(self.group_id), u(self.epoch, 8), self.sender,
            write_opaque(self.authenticated_data), u(self.content_type, 1), write_opaque(b"".join(self.proposals)),
            self.path, self.tail,
        ))  # fmt: skip


def taken_apart(data: bytes) -> Parts:
    """A commit whose proposals are adds of known key packages and removes."""
    reader = tls_encoding.Reader(data)
    head = reader.take(4)
    group_id, epoch, sender, authenticated = reader.opaque(), reader.uint(8), reader.take(5), reader.opaque()
    content_type, proposals = reader.uint(1), reader.opaque()
    rest = reader.take(len(data) - reader.position)
    tail = rest[_path_length(rest) :]
    return Parts(group_id, epoch, sender, authenticated, content_type, (proposals,), rest[: -len(tail)], tail, head)


def _path_length(rest: bytes) -> int:
    """Signature, confirmation_tag and membership_tag end the message; their lengths are fixed by the suite."""
    for tag in (32, 64):
        lengths = (64, tag, tag)
        size = sum(len(write_opaque(bytes(length))) for length in lengths)
        reader = tls_encoding.Reader(rest[-size:])
        try:
            if tuple(len(reader.opaque()) for _ in lengths) == lengths and reader.at_end():
                return len(rest) - size
        except Exception:
            continue
    raise AssertionError("no tail")


def package_of(scene: dict[str, Any], name: str = "second") -> bytes:
    return decode_base64url(scene["key_packages"][name])[4:]


def package_told(scene: dict[str, Any], raw: bytes, number: int) -> dict[str, Any]:
    device = ident("dev", number)
    return {"suite": scene["suite"], "signature_key": scene["device_keys"][device], "identity": device, "raw": b64(raw)}


def good_commits(scene: dict[str, Any]) -> list[Case]:
    commits = {name: decode_base64url(text) for name, text in scene["commits"].items()}
    numbers: dict[str, tuple[int, list[int], list[int]]] = {
        "add": (0, [2], []),
        "add_two": (1, [3, 4], []),
        "exchange": (2, [5, 6], [1, 2]),
        "remove": (3, [], [3]),
        "rekey": (4, [], []),
    }
    path = {"signature_key": scene["device_keys"][ident("dev", 1)], "identity": ident("dev", 1)}
    cases = []
    for name, (epoch, added, removes) in numbers.items():
        packages = _packages_in(commits[name], len(removes))
        adds = [package_told(scene, raw, number) for raw, number in zip(packages, added, strict=True)]
        told = {
            "group_id": THREAD.decode(),
            "epoch": epoch,
            "sender": 0,
            "adds": adds,
            "removes": removes,
            "path": path,
        }
        cases.append(framed("parse_commit", "S6.3", f"{name}, suite {scene['suite']}", commits[name], told))
    return cases


def _packages_in(commit: bytes, removes: int) -> list[bytes]:
    """Key packages of a commit whose removes come first. They all have one length, save for their varints."""
    [proposals] = taken_apart(commit).proposals
    adds = proposals[removes * 7 :]
    starts = [at for at in range(len(adds)) if adds.startswith(b"\1\0\1\0\1", at)] + [len(adds)]
    return [adds[start + 3 : end] for start, end in pairwise(starts)]


def refused_commits() -> list[Case]:
    rekey = taken_apart(decode_base64url(CLASSIC["commits"]["rekey"]))
    add = taken_apart(decode_base64url(CLASSIC["commits"]["add"]))
    add_two = taken_apart(decode_base64url(CLASSIC["commits"]["add_two"]))
    package = package_of(CLASSIC)
    adding = b"\1" + u(1, 2) + package
    removing = [b"\1" + u(3, 2) + u(leaf, 4) for leaf in range(4)]

    def refused(name: str, parts: Parts | bytes, fail: str = "commit_not_allowed") -> Case:
        return framed("parse_commit", "S6.3", name, parts if isinstance(parts, bytes) else parts.message(), fail=fail)

    not_allowed = {
        "sender external": rekey._replace(sender=u(2, 1) + u(0, 4)),
        "sender a new member's proposal": rekey._replace(sender=u(3, 1)),
        "sender a new member's commit": rekey._replace(sender=u(4, 1)),
        "one byte of authenticated data": rekey._replace(authenticated_data=b"\0"),
        "application content": rekey._replace(content_type=1),
        "proposal content": rekey._replace(content_type=2),
        "a reference": rekey._replace(proposals=(b"\2" + write_opaque(bytes(32)),)),
        "a reference after an add": rekey._replace(proposals=(adding, b"\2" + write_opaque(bytes(32)))),
        **{f"proposal {kind}": rekey._replace(proposals=(b"\1" + u(kind, 2) + bytes(8),))
           for kind in (0, 2, 4, 5, 6, 7, 8, 0xF1C0, 0xFFFF)},
        "a pre-shared key after a remove": rekey._replace(proposals=(removing[1], b"\1" + u(4, 2) + bytes(8))),
        "no update path": rekey._replace(path=b"\0"),
        "an add without update path": add._replace(path=b"\0"),
        "a leaf removed twice": rekey._replace(proposals=(removing[1], removing[1])),
        "it removes itself": rekey._replace(proposals=(removing[0],)),
        "a device added twice": rekey._replace(proposals=(adding, adding)),
    }  # fmt: skip
    real = [refused(f"{name}, suite {scene['suite']}", decode_base64url(text))
            for scene in SCENES for name, text in scene["not_allowed"].items()]  # fmt: skip
    return [*(refused(name, parts) for name, parts in not_allowed.items()), *real,
            *unsigned_commits(rekey, add), *malformed_commits(rekey, add, add_two),
            *crowded_commits(rekey)]  # fmt: skip


def unsigned_commits(rekey: Parts, add: Parts) -> list[Case]:
    [proposal] = add.proposals
    signature_at = rekey.path.index(decode_base64url(CLASSIC["device_keys"][ident("dev", 1)])) + 1
    bad = {
        "the path's leaf is for another leaf": rekey._replace(sender=u(1, 1) + u(1, 4)),
        "the path's leaf is for another group": rekey._replace(group_id=ident("thr", 2).encode()),
        "the path's leaf has another key": rekey._replace(path=flipped(rekey.path, signature_at)),
        "an added leaf's signature does not fit": add._replace(proposals=(flipped(proposal, -70),)),
        "an added key package's signature does not fit": add._replace(proposals=(flipped(proposal, -1),)),
    }
    return [framed("parse_commit", "S6.3", name, parts.message(), fail="bad_signature") for name, parts in bad.items()]


def malformed_commits(rekey: Parts, add: Parts, add_two: Parts) -> list[Case]:
    whole = rekey.message()
    long_length = u(0x4000 | len(THREAD), 2)
    path_as_package = _path_with_source(rekey.path)
    foreign = b"\1" + u(1, 2) + package_of(CLASSIC, "foreign")
    other_suite = flipped(add.proposals[0], 6)
    bad: dict[str, bytes] = {
        "nothing": b"",
        "a byte left over": whole + b"\0",
        "one byte missing": whole[:-1],
        **{f"cut to {length} bytes": whole[:length] for length in (1, 4, 5, 31, 44, 46, 60, 100, 200)},
        "another protocol version": rekey._replace(head=u(2, 2) + u(1, 2)).message(),
        "a private message": decode_base64url(CLASSIC["private_messages"]["commit"]),
        "a welcome": decode_base64url(CLASSIC["welcome"]),
        "a key package": decode_base64url(CLASSIC["key_packages"]["second"]),
        "an unknown wire format": rekey._replace(head=u(1, 2) + u(6, 2)).message(),
        "a length in two bytes that fits in one": whole[:4] + long_length + whole[5:],
        "a length in four bytes that fits in one": whole[:4] + u(0x80000000 | len(THREAD), 4) + whole[5:],
        "a length in eight bytes": whole[:4] + u(0xC0 << 56 | len(THREAD), 8) + whole[5:],
        "a length beyond the end": whole[:4] + u(0xBFFFFFFF, 4) + whole[5:],
        "an unknown sender": rekey._replace(sender=u(5, 1) + u(0, 4)).message(),
        "sender 0": rekey._replace(sender=u(0, 1) + u(0, 4)).message(),
        "an unknown content": rekey._replace(content_type=4).message(),
        "an unknown way to tell a proposal": rekey._replace(proposals=(b"\3" + u(3, 2) + u(1, 4),)).message(),
        "a remove cut short": rekey._replace(proposals=(b"\1" + u(3, 2) + u(1, 3),)).message(),
        "a presence that is 2": rekey._replace(path=b"\2" + rekey.path[1:]).message(),
        "a group id that is no thread": rekey._replace(group_id=ident("dev", 1).encode()).message(),
        "an empty group id": rekey._replace(group_id=b"").message(),
        "a group id that is not ASCII": rekey._replace(group_id=b"\xff" * 26).message(),
        "an epoch of 2^53": rekey._replace(epoch=2**53).message(),
        "the largest epoch": rekey._replace(epoch=2**64 - 1).message(),
        "an added identity that is no device": rekey._replace(proposals=(foreign,)).message(),
        "an added key package of another suite": rekey._replace(proposals=(other_suite,)).message(),
        "a path leaf made for a key package": rekey._replace(path=path_as_package).message(),
        "a byte too many among the proposals": add_two._replace(proposals=(*add_two.proposals, b"\1")).message(),
    }
    return [framed("parse_commit", "S6.3", name, data, fail="malformed") for name, data in bad.items()]


def crowded_commits(rekey: Parts) -> list[Case]:
    """As many of each as are read, and one more."""
    [leaf, told] = [_leaf_of(rekey.path), {**good_commits(CLASSIC)[-1]["expect"]["ok"]}]
    node = write_opaque(b"") + write_opaque(b"")
    secret = write_opaque(b"") * 2

    def removing(count: int) -> Parts:
        return rekey._replace(proposals=tuple(b"\1" + u(3, 2) + u(gone, 4) for gone in range(1, count + 1)))

    def with_nodes(count: int) -> Parts:
        return rekey._replace(path=leaf + write_opaque(node * count))

    def with_secrets(count: int) -> Parts:
        return rekey._replace(path=leaf + write_opaque(write_opaque(b"") + write_opaque(secret * count)))

    def with_extensions(count: int) -> Parts:
        return rekey._replace(path=_leaf_of(rekey.path, u(0xF1C1, 2) + write_opaque(b""), count) + write_opaque(b""))

    def read(name: str, parts: Parts, ok: Any) -> Case:
        return framed("parse_commit", "S6.3", name, parts.message(), ok)

    def refused(name: str, parts: Parts, fail: str = "malformed") -> Case:
        return framed("parse_commit", "S6.3", name, parts.message(), fail=fail)

    return [
        read("400 proposals", removing(400), told | {"removes": list(range(1, 401))}),
        refused("401 proposals", removing(401)),
        read("32 nodes in the path", with_nodes(32), told),
        refused("33 nodes in the path", with_nodes(33)),
        read("400 secrets for one node", with_secrets(400), told),
        refused("401 secrets for one node", with_secrets(401)),
        refused("16 extensions of a leaf that was signed without them", with_extensions(16), "bad_signature"),
        refused("17 extensions of a leaf", with_extensions(17)),
    ]


def _leaf_of(path: bytes, extension: bytes = b"", count: int = 0) -> bytes:
    """The path up to its nodes, its leaf's extensions exchanged for `count` times `extension`."""
    reader = tls_encoding.Reader(path)
    reader.take(1)
    reader.opaque()
    reader.opaque()
    reader.take(2)
    for _ in range(6):
        reader.opaque()
    reader.take(1)
    reader.opaque()
    before = reader.position
    reader.opaque()
    after = reader.position
    reader.opaque()
    return path[:before] + write_opaque(extension * count) + path[after : reader.position]


def _path_with_source(path: bytes) -> bytes:
    """The same path with a leaf of source key_package (a lifetime) where the parent hash was."""
    reader = tls_encoding.Reader(path)
    reader.take(1)
    reader.opaque()
    reader.opaque()
    reader.take(2)
    reader.opaque()
    for _ in range(5):
        reader.opaque()
    start = reader.position
    reader.take(1)
    reader.opaque()
    return path[:start] + u(1, 1) + bytes(16) + path[reader.position :]


def flipped(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def private_messages() -> list[Case]:
    cases = []
    for scene in SCENES:
        told = {"application": (5, 1, b"any data"), "bare": (1, 1, b""), "commit": (1, 3, b"")}
        for name, (epoch, content_type, data) in told.items():
            header = {"group_id": THREAD.decode(), "epoch": epoch, "content_type": content_type,
                      "authenticated_data": b64(data)}  # fmt: skip
            message = decode_base64url(scene["private_messages"][name])
            cases.append(framed("parse_private_message", "S6.4", f"{name}, suite {scene['suite']}", message, header))
    whole = decode_base64url(CLASSIC["private_messages"]["application"])
    after_group = 5 + len(THREAD)
    cases.append(framed("parse_private_message", "S6.4", "the last epoch that has a number",
                        whole[:after_group] + u(2**53 - 1, 8) + whole[after_group + 8 :],
                        {"group_id": THREAD.decode(), "epoch": 2**53 - 1, "content_type": 1,
                         "authenticated_data": b64(b"any data")}))  # fmt: skip
    bad = {
        "nothing": b"",
        "a byte left over": whole + b"\0",
        "one byte missing": whole[:-1],
        **{f"cut to {length} bytes": whole[:length] for length in (3, 4, 5, 30, 31, 38, 39, 40, 50, 80)},
        "another protocol version": u(2, 2) + whole[2:],
        "a public message": u(1, 2) + u(1, 2) + whole[4:],
        "a commit in the open": decode_base64url(CLASSIC["commits"]["add"]),
        "a length in two bytes that fits in one": whole[:4] + u(0x4000 | len(THREAD), 2) + whole[5:],
        "a length in eight bytes": whole[:4] + u(0xC0 << 56 | len(THREAD), 8) + whole[5:],
        "an epoch of 2^53": whole[:after_group] + u(2**53, 8) + whole[after_group + 8 :],
        "content 0": whole[: after_group + 8] + b"\0" + whole[after_group + 9 :],
        "content 4": whole[: after_group + 8] + b"\4" + whole[after_group + 9 :],
        "a group id that is no thread": whole[:5] + ident("per", 1).encode() + whole[after_group:],
    }
    return cases + [framed("parse_private_message", "S6.4", name, data, fail="malformed") for name, data in bad.items()]


def key_packages() -> list[Case]:
    cases = []
    for scene in SCENES:
        data = decode_base64url(scene["key_packages"]["second"])
        told = package_told(scene, data[4:], 2) | {"not_before": 1_700_000_000, "not_after": 1_900_000_000}
        cases.append(framed("parse_key_package", "S6.1", f"suite {scene['suite']}", data, told))
    whole = decode_base64url(CLASSIC["key_packages"]["second"])
    malformed = {
        "nothing": b"",
        "a byte left over": whole + b"\0",
        "one byte missing": whole[:-1],
        **{f"cut to {length} bytes": whole[:length] for length in (3, 6, 8, 40, 80, 120, 160, 200)},
        "without the message around it": whole[4:],
        "another wire format": whole[:2] + u(3, 2) + whole[4:],
        "another protocol version inside": whole[:4] + u(2, 2) + whole[6:],
        "another suite": whole[:6] + u(1, 2) + whole[8:],
        "an identity that is no device": decode_base64url(CLASSIC["key_packages"]["foreign"]),
        "an unknown credential": whole.replace(u(1, 2) + b"\x1adev_", u(9, 2) + b"\x1adev_"),
        "an identity with another prefix": whole.replace(b"dev_", b"per_"),
    }
    unsigned = {
        "the suite of the other kind": whole[:6] + u(61454, 2) + whole[8:],
        "the last bit of the signature": flipped(whole, -1),
        "the first byte of init_key": flipped(whole, 9),
        "another device": whole.replace(ident("dev", 2).encode(), ident("dev", 3).encode()),
        "another signature key": whole.replace(decode_base64url(CLASSIC["device_keys"][ident("dev", 2)]),
                                               decode_base64url(CLASSIC["device_keys"][ident("dev", 3)])),
        "the leaf changed and the outer signature made anew": resigned(whole),
    }  # fmt: skip
    return [
        *cases,
        *(framed("parse_key_package", "S6.1", name, data, fail="malformed") for name, data in malformed.items()),
        *(framed("parse_key_package", "S6.1", name, data, fail="bad_signature") for name, data in unsigned.items()),
    ]


def resigned(whole: bytes) -> bytes:
    """Another lifetime in the leaf, and a KeyPackageTBS signature that fits: only the leaf's does not."""
    body = whole[4:-66].replace(u(1_900_000_000, 8), u(1_900_000_001, 8))
    content = write_opaque(b"MLS 1.0 KeyPackageTBS") + write_opaque(body)
    return whole[:4] + body + write_opaque(SigningKey(SEEDS[2]).sign(content).signature)


def authenticated() -> list[Case]:
    cases = []
    for count in (0, 1, 2, 16):
        hashes = [filled(number + 1) for number in range(count)]
        data = authenticated_data.build_authenticated_data(MESSAGE, hashes)
        told = {"message": MESSAGE, "hashes": [b64(one) for one in hashes]}
        cases.append(case(f"build with {count}", "framing", "S6.4", "build_authenticated_data", told, b64(data)))
        cases.append(framed("parse_authenticated_data", "S6.4", f"parse with {count}", data, told))
    two = authenticated_data.build_authenticated_data(MESSAGE, [filled(1), filled(2)])
    prefix = len(b"inscope/aad/v1")
    bad = {
        "nothing": b"",
        "only the label": two[:prefix],
        "another label": two.replace(b"v1", b"v2", 1),
        "without count": two[: prefix + 16],
        "a count too small": two[: prefix + 16] + b"\1" + two[prefix + 17 :],
        "a count too large": two[: prefix + 16] + b"\3" + two[prefix + 17 :],
        "one byte short": two[:-1],
        "one byte more": two + b"\0",
        "the same hash twice": two[:-32] + filled(1),
        "17 hashes": two[: prefix + 16] + bytes([17]) + b"".join(filled(number) for number in range(17)),
    }
    cases += [framed("parse_authenticated_data", "S6.4", name, data, fail="malformed") for name, data in bad.items()]
    unbuilt: dict[str, tuple[str, list[bytes]]] = {
        "17 hashes": (MESSAGE, [filled(number) for number in range(17)]),
        "a hash of 31 bytes": (MESSAGE, [filled(1, 31)]),
        "the same hash twice": (MESSAGE, [filled(1), filled(1)]),
        "no message id": (ident("thr", 1), []),
    }
    for name, (message, hashes) in unbuilt.items():
        cases.append(case(f"build: {name}", "framing", "S6.4", "build_authenticated_data",
                          {"message": message, "hashes": [b64(one) for one in hashes]}, fail="malformed"))  # fmt: skip
    return cases


def seated_by_the_library(scene: dict[str, Any], step: int) -> Case:
    removes, adds, count = [([], [2], 2), ([], [3, 4], 4), ([1, 2], [5, 6], 4), ([3], [], 4)][step]
    name = f"as the library seats them, step {step}, suite {scene['suite']}"
    devices = [ident("dev", number) for number in adds]
    given = {"occupied": scene["rosters"][step], "removes": removes, "adds": devices}
    told = {"occupied": scene["rosters"][step + 1], "leaves": count}
    return case(name, "framing", "S6.3", "allocate", given, told)


def leaves() -> list[Case]:
    names = {letter: ident("dev", number) for number, letter in enumerate("abcdefghij", start=1)}

    def seated(text: str) -> list[list[Any]]:
        return [[leaf, names[letter]] for leaf, letter in enumerate(text) if letter != "."]

    def allocated(name: str, before: str, removes: list[int], adds: str, after: str | None, count: int = 0) -> Case:
        given = {"occupied": seated(before), "removes": removes, "adds": [names[letter] for letter in adds]}
        if after is None:
            return case(name, "framing", "S6.3", "allocate", given, fail="roster_mismatch")
        return case(name, "framing", "S6.3", "allocate", given, {"occupied": seated(after), "leaves": count})

    return [
        allocated("nothing changes", "abc", [], "", "abc", 4),
        allocated("alone", "a", [], "", "a", 1),
        allocated("the second", "a", [], "b", "ab", 2),
        allocated("the third: the tree grows to four", "ab", [], "c", "abc", 4),
        allocated("the fifth: the tree grows to eight", "abcd", [], "e", "abcde", 8),
        allocated("left-most blank first", "a.c.e", [], "b", "abc.e", 8),
        allocated("blanks from left to right, then the end", "a.c.e", [], "bdf", "abcdef", 8),
        allocated("a remove makes room in the same commit", "abcd", [1], "e", "aecd", 4),
        allocated("two removes, two adds, in the order of the adds", "abcd", [2, 1], "ef", "aefd", 4),
        allocated("removed and added again takes the left-most blank", "a.cd", [3], "d", "adc", 4),
        allocated("the last removed: the tree shrinks", "abcde", [4], "", "abcd", 4),
        allocated("the right half removed: the tree shrinks", "abc", [2], "", "ab", 2),
        allocated("all but the first", "abcdefgh", [1, 2, 3, 4, 5, 6, 7], "", "a", 1),
        allocated("all but the last", "abcde", [0, 1, 2, 3], "", "....e", 8),
        allocated("a blank leaf removed", "a.c", [1], "", None),
        allocated("a leaf beyond the tree removed", "abc", [7], "", None),
        allocated("a leaf removed twice", "abc", [1, 1], "", None),
        allocated("a device that is there already", "abc", [], "b", None),
        allocated("a device added twice", "abc", [], "dd", None),
        *(seated_by_the_library(scene, step) for scene in SCENES for step in range(4)),
    ]  # fmt: skip


def files() -> dict[str, list[Case]]:
    return {
        "framing/private_messages": private_messages(),
        "framing/commits": [*good_commits(SCENES[0]), *good_commits(SCENES[1]), *refused_commits()],
        "framing/key_packages": key_packages(),
        "framing/authenticated_data": authenticated(),
        "framing/leaves": leaves(),
    }
