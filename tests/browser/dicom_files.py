"""DICOM files (PS3.10) as machines, converters and attackers write them, with a canary in what names somebody."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

CANARY = "CANARY7Q"
IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
RLE, JPEG = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"
LOSSLESS_JPEG, JPEG_LS = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"
JPEG_2000, HTJ2K, MPEG4 = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.102"
STORAGE = "1.2.840.10008.5.1.4.1.1."
PIXELS = 0x7FE00010
Value = bytes | str | int | Sequence[int]

VRS = {
    0x00020010: "UI", 0x00080005: "CS", 0x00080016: "UI", 0x00080022: "DA", 0x00080032: "TM", 0x00080060: "CS",
    0x00080080: "LO", 0x00100010: "PN", 0x00100020: "LO", 0x00100030: "DA", 0x00180015: "CS", 0x00200060: "CS",
    0x00280002: "US", 0x00280004: "CS", 0x00280006: "US", 0x00280008: "IS", 0x00280010: "US", 0x00280011: "US",
    0x00280030: "DS", 0x00280A02: "CS", 0x00080064: "CS",
    0x00280100: "US", 0x00280101: "US", 0x00280102: "US", 0x00280103: "US", 0x00280301: "CS", 0x00281050: "DS",
    0x00281051: "DS", 0x00281052: "DS", 0x00281053: "DS", 0x00281055: "LO", 0x00281056: "CS", 0x00281101: "US",
    0x00281102: "US", 0x00281103: "US", 0x00281201: "OW", 0x00281202: "OW", 0x00281203: "OW",
}  # fmt: skip
LONG = {"OB", "OW"}
PATIENT: Mapping[int, Value] = {
    0x00080005: "ISO_IR 192",
    0x00080080: f"{CANARY} HOSPITAL",
    0x00100010: f"{CANARY}^JOHN",
    0x00100020: f"{CANARY}-1",
}


def coded(value: Value, vr: str, order: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        text = value.encode()
        return text + (b"\0" if vr == "UI" else b" ") * (len(text) % 2)
    words = [value] if isinstance(value, int) else list(value)
    return struct.pack(f"{order}{len(words)}H", *words)


def element(tag: int, vr: str, body: bytes, order: str = "<", implicit: bool = False) -> bytes:
    head = struct.pack(f"{order}HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return head + struct.pack("<I", len(body)) + body
    if vr in LONG:
        return head + vr.encode() + bytes(2) + struct.pack(f"{order}I", len(body)) + body
    return head + vr.encode() + struct.pack(f"{order}H", len(body)) + body


def encapsulated(frames: Sequence[bytes]) -> bytes:
    """PS3.5, annex A.4: an empty table of offsets, and a fragment for each frame."""
    parts = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, len(frame) + len(frame) % 2) + frame + bytes(len(frame) % 2)
        for frame in (b"", *frames)
    )
    undefined = struct.pack("<HH", PIXELS >> 16, PIXELS & 0xFFFF) + b"OB\0\0" + struct.pack("<I", 0xFFFFFFFF)
    return undefined + parts + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def dicom(syntax: str, tags: Mapping[int, Value], pixels: bytes | Sequence[bytes]) -> bytes:
    """`pixels`: of all frames in little-endian order, or one compressed frame after the other."""
    order, implicit = (">" if syntax == BIG else "<"), syntax == IMPLICIT
    meta = element(0x00020010, "UI", coded(syntax, "UI", "<"))
    out = [bytes(128), b"DICM", element(0x00020000, "UL", struct.pack("<I", len(meta))), meta]
    for tag, value in sorted({**PATIENT, **tags}.items()):
        out.append(element(tag, VRS[tag], coded(value, VRS[tag], order), order, implicit))
    if not isinstance(pixels, bytes):
        return b"".join([*out, encapsulated(pixels)])
    wide = tags[0x00280100] == 16
    if syntax == BIG and wide:
        pixels = b"".join(pixels[at + 1 : at - 1 if at else None : -1] for at in range(0, len(pixels), 2))
    return b"".join([*out, element(PIXELS, "OW" if wide or implicit else "OB", pixels, order, implicit)])


def layout(
    width: int, height: int, photometric: str = "MONOCHROME2", allocated: int = 8, stored: int = 0, signed: bool = False
) -> dict[int, Value]:
    """The Image Pixel Module; a picture of three samples where its colours have them."""
    samples = 1 if photometric.startswith(("MONO", "PALETTE")) else 3
    return {
        0x00080016: STORAGE + "2", 0x00280002: samples, 0x00280004: photometric, 0x00280006: 0, 0x00280010: height,
        0x00280011: width, 0x00280100: allocated, 0x00280101: stored or allocated,
        0x00280102: (stored or allocated) - 1, 0x00280103: int(signed),
    }  # fmt: skip


def rle(planes: Sequence[bytes]) -> bytes:
    """PS3.5, annex G: each plane as runs of 128 bytes that repeat nothing, and one of three that does."""
    segments = []
    for plane in planes:
        out = bytearray()
        at = 0
        while at < len(plane):
            if plane[at : at + 3] == plane[at : at + 1] * 3:
                out += bytes([254, plane[at]])
                at += 3
            else:
                run = plane[at : at + 128]
                out += bytes([len(run) - 1]) + run
                at += len(run)
        segments.append(bytes(out) + bytes(len(out) % 2))
    starts = [64 + sum(map(len, segments[:n])) for n in range(len(segments))]
    return struct.pack("<16I", len(segments), *starts, *[0] * (15 - len(starts))) + b"".join(segments)


def lossless_jpeg(values: Sequence[int], width: int, height: int, precision: int) -> bytes:
    """ITU-T T.81, annex H, predictor 1. Each size of difference has a code of five bits: its own number."""
    sizes = range(17)
    table = bytes([0, 0, 0, 0, len(sizes), *[0] * 11])
    bits = []
    for at, value in enumerate(values):
        x, y = at % width, at // width
        before = values[at - 1] if x else values[at - width] if y else 1 << (precision - 1)
        difference = value - before
        size = abs(difference).bit_length()
        bits.append(f"{size:05b}")
        if 0 < size < 16:
            bits.append(f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8)).replace(b"\xff", b"\xff\0")
    frame = struct.pack(">BHHB", precision, height, width, 1) + b"\x01\x11\x00"

    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    tables = segment(0xC4, b"\0" + table + bytes(sizes))
    return b"\xff\xd8" + segment(0xC3, frame) + tables + segment(0xDA, b"\x01\x01\x00\x01\x00\x00") + scan + b"\xff\xd9"
