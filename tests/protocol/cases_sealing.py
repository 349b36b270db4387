"""The cases of `sealing/`: keys and commitments of fixed halves, and sealed forms that must open or must not (S7)."""

from typing import Any

from nacl import bindings

from inscope_protocol import sealing
from inscope_protocol.encoding import decode_base64url, plain_hash

from .cases import CASE_THREAD, DISCLOSURE, IMAGE, ORIGIN, SOCIAL_THREAD, Case, b64, case, filled, ident

CLIENT_HALF, SERVER_HALF = filled(21), filled(22)
KEY = sealing.image_key(CLIENT_HALF, SERVER_HALF, DISCLOSURE, CASE_THREAD, IMAGE)
OTHER_KEY = sealing.image_key(SERVER_HALF, CLIENT_HALF, DISCLOSURE, CASE_THREAD, IMAGE)
HEADER = bytes(range(24))
STEP = sealing.CHUNK_BYTES + sealing.CHUNK_OVERHEAD

Bytes = dict[str, Any]


def repeated(unit: bytes, times: int) -> Bytes:
    return {"repeat": b64(unit), "times": times}


def keys() -> list[Case]:
    halves = {
        "client_half": b64(CLIENT_HALF),
        "server_half": b64(SERVER_HALF),
        "disclosure": DISCLOSURE,
        "thread": CASE_THREAD,
        "image": IMAGE,
    }
    variants: dict[str, dict[str, Any]] = {
        "good": {},
        "halves exchanged": {"client_half": b64(SERVER_HALF), "server_half": b64(CLIENT_HALF)},
        "another disclosure": {"disclosure": ORIGIN},
        "another thread": {"thread": SOCIAL_THREAD},
        "another image": {"image": ident("img", 2)},
    }
    cases = []
    for name, changes in variants.items():
        given = halves | changes
        made = sealing.image_key(CLIENT_HALF, SERVER_HALF, given["disclosure"], given["thread"], given["image"])
        made = OTHER_KEY if name == "halves exchanged" else made
        cases.append(case(f"image key: {name}", "value", "S7.2", "image_key", given, b64(made)))
    for size in (0, 31, 33):
        cases.append(case(f"image key: a half of {size} bytes", "value", "S7.2", "image_key",
                          halves | {"client_half": b64(bytes(size))}, fail="malformed"))  # fmt: skip
    return cases + commitments() + hashes() + sizes()


def commitments() -> list[Case]:
    made = [case("key commitment", "value", "S7.3", "key_commitment", {"image_key": b64(KEY)},
                 b64(sealing.key_commitment(KEY)))]  # fmt: skip
    for plaintext in (b"", b"pixels", bytes(1000)):
        made.append(case(f"plaintext commitment of {len(plaintext)} bytes", "value", "S7.3", "plaintext_commitment",
                         {"image_key": b64(KEY), "plaintext": b64(plaintext)},
                         b64(sealing.plaintext_commitment(KEY, plaintext))))  # fmt: skip
    return made


def hashes() -> list[Case]:
    parts = [filled(1, 100), filled(2, 100), b""]
    part_hashes = [sealing.part_hash(part) for part in parts]
    cases = [case(f"part hash of {len(part)} bytes, {index}", "value", "S7.6", "part_hash", {"part": b64(part)},
                  b64(part_hashes[index])) for index, part in enumerate(parts)]  # fmt: skip
    for count in range(4):
        given = {"part_hashes": [b64(one) for one in part_hashes[:count]]}
        cases.append(case(f"blob hash of {count} parts", "value", "S7.6", "blob_hash", given,
                          b64(sealing.blob_hash(part_hashes[:count]))))  # fmt: skip
    swapped = part_hashes[1::-1]
    cases.append(case("blob hash of 2 parts exchanged", "value", "S7.6", "blob_hash",
                      {"part_hashes": [b64(one) for one in swapped]}, b64(sealing.blob_hash(swapped))))  # fmt: skip
    return cases


def sizes() -> list[Case]:
    """By hand: bucket and sealed size at each boundary."""
    kib, mib = 1024, 1024 * 1024
    expected = {
        0: (64 * kib, 1),
        1: (64 * kib, 1),
        64 * kib - 1: (64 * kib, 1),
        64 * kib: (96 * kib, 2),
        96 * kib - 1: (96 * kib, 2),
        96 * kib: (128 * kib, 2),
        128 * kib: (192 * kib, 3),
        192 * kib: (256 * kib, 4),
        5_000_000: (6 * mib, 96),
        48 * mib - 1: (48 * mib, 768),
        48 * mib: (64 * mib, 1024),
        64 * mib - 1: (64 * mib, 1024),
    }
    cases = []
    for size, (bucket, chunks) in expected.items():
        cases.append(case(f"bucket of {size}", "value", "S7.3", "bucket", {"size": size}, bucket))
        cases.append(case(f"sealed size of {size}", "value", "S7.3", "sealed_size", {"size": size},
                          24 + bucket + 17 * chunks))  # fmt: skip
    for call in ("bucket", "sealed_size"):
        cases.append(case(f"{call} of 64 MiB", "seal", "S7.3", call, {"size": 64 * mib}, fail="too_large"))
    for unit, times in ((b"x", 0), (b"x", 5), (b"\x80", 3), (b"\0", 65535), (b"x", 65536)):
        padded = (unit * times + b"\x80").ljust(expected[65536 if times == 65536 else 0][0], b"\0")
        cases.append(case(f"padding of {times} times {unit.hex()}", "value", "S7.3", "pad",
                          {"plaintext": repeated(unit, times)}, b64(plain_hash(padded))))  # fmt: skip
    return cases


def stream(padded: bytes, tags: list[int] | None = None, bound_to: str = DISCLOSURE, key: bytes = KEY) -> bytes:
    """A stream with any padding and any tags: what `seal` never makes."""
    chunks = [padded[start : start + sealing.CHUNK_BYTES] for start in range(0, len(padded), sealing.CHUNK_BYTES)]
    tags = tags or [sealing.TAG_MESSAGE] * (len(chunks) - 1) + [sealing.TAG_FINAL]
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, HEADER, key)
    sealed = [HEADER]
    for chunk, tag in zip(chunks, tags, strict=True):
        sealed.append(bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, bound_to.encode(), tag))
    return b"".join(sealed)


def opened(name: str, sealed: bytes, plaintext: bytes, *, breaks: bool = True, **changes: Any) -> Case:
    given = {
        "image_key": b64(KEY),
        "disclosure": DISCLOSURE,
        "size": len(plaintext),
        "key_commitment": b64(sealing.key_commitment(KEY)),
        "plaintext_commitment": b64(sealing.plaintext_commitment(KEY, plaintext)),
        "sealed": b64(sealed),
    } | changes
    if breaks:
        return case(name, "seal", "S7.3", "open_sealed", given, fail="seal_broken")
    return case(name, "seal", "S7.3", "open_sealed", given, b64(plaintext))


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def opening() -> list[Case]:
    small = b"a small picture"
    sealed = sealing.seal(KEY, DISCLOSURE, small, HEADER)
    padded = sealing.pad(small)
    bad_padding = {
        "no 0x80": small + bytes(len(padded) - len(small)),
        "0x80 one later": (small + b"\0\x80").ljust(len(padded), b"\0"),
        "0x80 one earlier": (small[:-1] + b"\x80").ljust(len(padded), b"\0"),
        "a byte after the zeros": padded[:-1] + b"\1",
        "a second 0x80": padded[:-1] + b"\x80",
    }
    other_commitment = b64(sealing.key_commitment(OTHER_KEY))
    return [
        opened("small", sealed, small, breaks=False),
        opened("empty", sealing.seal(KEY, DISCLOSURE, b"", HEADER), b"", breaks=False),
        opened("ends in 0x80 and zeros", sealing.seal(KEY, DISCLOSURE, b"x\x80\0\0", HEADER), b"x\x80\0\0",
               breaks=False),
        *(opened(f"padding: {name}", stream(other), small) for name, other in bad_padding.items()),
        *(opened(f"a bit flipped at {at}", flip(sealed, at), small)
          for at in (0, 23, 24, 25, 41, 1000, len(sealed) - 1)),
        opened("one byte short", sealed[:-1], small),
        opened("one byte more", sealed + b"\0", small),
        opened("nothing", b"", small),
        opened("only the header", HEADER, small),
        opened("no final tag", stream(padded, [sealing.TAG_MESSAGE]), small),
        opened("another disclosure", sealed, small, disclosure=ORIGIN),
        opened("sealed for another disclosure", stream(padded, bound_to=ORIGIN), small),
        opened("sealed with another key", stream(padded, key=OTHER_KEY), small),
        opened("another key", sealed, small, image_key=b64(OTHER_KEY)),
        opened("another key, and its commitment", sealed, small, image_key=b64(OTHER_KEY),
               key_commitment=other_commitment),
        opened("another key commitment", sealed, small, key_commitment=other_commitment),
        opened("another plaintext commitment", sealed, small, plaintext_commitment=other_commitment),
        opened("one byte less declared", sealed, small, size=len(small) - 1),
        opened("one byte more declared", sealed, small, size=len(small) + 1),
        opened("the size of another bucket declared", sealed, small, size=65536),
        opened("more than every bucket declared", sealed, small, size=2**26),
    ]  # fmt: skip


def long_streams() -> list[Case]:
    """Two chunks: the bucket of 96 KiB, whose second chunk is the short one, and that of 128 KiB."""
    final, message = sealing.TAG_FINAL, sealing.TAG_MESSAGE
    plain = b"\x17" * 70_000
    padded = sealing.pad(plain)
    sealed = sealing.seal(KEY, DISCLOSURE, plain, HEADER)
    first, second = sealed[24 : 24 + STEP], sealed[24 + STEP :]
    told = repeated(b"\x17", 70_000)
    whole = opened("two chunks, the second short", sealed, plain, breaks=False)
    whole["expect"] = {"ok": told}
    wide = b"\x17" * 100_000
    wide_case = opened("two chunks", sealing.seal(KEY, DISCLOSURE, wide, HEADER), wide, breaks=False)
    wide_case["expect"] = {"ok": repeated(b"\x17", 100_000)}
    return [
        whole,
        wide_case,
        opened("final too early", stream(padded, [final, final]), plain),
        opened("final only early", stream(padded, [final, message]), plain),
        opened("never final", stream(padded, [message, message]), plain),
        opened("the second chunk missing", HEADER + first, plain),
        opened("the second chunk missing, and its bytes declared away", HEADER + first, plain, size=60_000),
        opened("the chunks exchanged", HEADER + second + first, plain),
        opened("the first chunk twice", HEADER + first + first[: len(second)], plain),
        opened("a larger bucket than needed", stream((plain + b"\x80").ljust(131072, b"\0")), plain),
    ]


def shortened(cases: list[Case]) -> list[Case]:
    """The same cases, each sealed form told by what differs from the first one's, where that is shorter."""
    name, base = cases[0]["name"], decode_base64url(cases[0]["input"]["sealed"])
    for each in cases[1:]:
        data = decode_base64url(each["input"]["sealed"])
        edits = [[at, b64(run)] for at, run in differences(base, data)]
        if len(str(edits)) < len(data) // 2:
            each["input"]["sealed"] = {"like": name, "length": len(data), "edits": edits}
    return cases


def differences(base: bytes, data: bytes) -> list[tuple[int, bytes]]:
    """Runs of `data` that differ from `base`, which is cut or continued with zeros to its length."""
    base = base[: len(data)].ljust(len(data), b"\0")
    runs: list[tuple[int, bytes]] = []
    for at, (was, now) in enumerate(zip(base, data, strict=True)):
        if was != now and runs and runs[-1][0] + len(runs[-1][1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + bytes([now]))
        elif was != now:
            runs.append((at, bytes([now])))
    return runs


def files() -> dict[str, list[Case]]:
    return {
        "sealing/keys": keys(),
        "sealing/open": shortened(opening()),
        "sealing/open_long": shortened(long_streams()),
    }
