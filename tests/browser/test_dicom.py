"""DICOM pictures: the pixels that come out, compared with values computed here, and what is refused.

The client's own reader runs in real Chromium under the product's headers, on real files and on files made here.
"""

from __future__ import annotations

import base64
import io
import random
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from browser import dicom_files as made
from browser.test_intake import Taken, assert_pixels_alone, expect_no_workers, mutation
from browser.test_intake import page as intake

__all__ = ["intake"]
CLIENT = Path(__file__).parents[2] / "client_web"
REAL = Path(__file__).parents[3] / "shared" / "data" / "dicom"
FIRST = {"frame": 0, "window": None, "inverted": False}
W, H = 20, 12
RAMP = [(n * 271) % 4096 for n in range(W * H)]


def opened(page: Page, *contents: bytes, wishes: list[dict[str, Any]] | None = None, limit: Any = None) -> Any:
    files = [{"name": str(n), "mimeType": "", "buffer": content} for n, content in enumerate(contents)]
    page.get_by_label("Files").set_input_files(files)  # type: ignore[arg-type]
    return page.evaluate("([wishes, limit]) => takeDicomGiven(wishes, limit ?? undefined)", [wishes or [FIRST], limit])


def pictures(page: Page, content: bytes, *wishes: dict[str, Any]) -> list[Image.Image]:
    (said,) = opened(page, content, wishes=list(wishes) or [FIRST])
    assert "refused" not in said, said
    images = [
        Taken(base64.b64decode(one["bytes"]), one["mediaType"], one["width"], one["height"], None)
        for one in said["images"]
    ]
    for image in images:
        assert_pixels_alone(image)
        assert made.CANARY.encode() not in image.content and b"DICM" not in image.content
    return [image.picture() for image in images]


def greys(picture: Image.Image) -> list[int]:
    raw = picture.tobytes()
    assert raw[::3] == raw[1::3] == raw[2::3]
    return list(raw[::3])


def colours(picture: Image.Image) -> list[int]:
    return list(picture.tobytes())


def shown(value: float, center: float, width: float, inverted: bool = False) -> int:
    """PS3.3, C.11.2.1.2, LINEAR."""
    part = min(1.0, max(0.0, (value - (center - 0.5)) / (width - 1) + 0.5))
    return int(255 * (1 - part if inverted else part) + 0.5)


def whole(values: list[int]) -> list[int]:
    least, most = min(values), max(values)
    return [int(255 * (value - least) / (most - least) + 0.5) for value in values]


def words(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}H", *(value & 0xFFFF for value in values))


@pytest.mark.parametrize("syntax", [made.IMPLICIT, made.EXPLICIT, made.BIG])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_twelve_bits_with_a_window_of_the_file(intake: Page, syntax: str, photometric: str) -> None:
    tags = {**made.layout(W, H, photometric, 16, 12), 0x00281050: "1000", 0x00281051: "1500"}
    (picture,) = pictures(intake, made.dicom(syntax, tags, words(RAMP)))
    assert greys(picture) == [shown(value, 1000, 1500, photometric == "MONOCHROME1") for value in RAMP]


@pytest.mark.parametrize(
    ("allocated", "stored", "signed"), [(8, 8, False), (16, 16, False), (16, 16, True), (16, 12, True)]
)
def test_without_a_window_the_whole_range_is_shown(intake: Page, allocated: int, stored: int, signed: bool) -> None:
    shift = 2 ** (stored - 1) if signed else 0
    values = [(n * 263) % 2**stored - shift for n in range(W * H)]
    raw = words(values) if allocated == 16 else bytes(values)
    content = made.dicom(made.EXPLICIT, made.layout(W, H, allocated=allocated, stored=stored, signed=signed), raw)
    assert greys(pictures(intake, content)[0]) == whole(values)


def test_slope_and_intercept_come_before_the_window_and_invert_after_it(intake: Page) -> None:
    tags = {**made.layout(W, H, allocated=16, stored=12), 0x00281050: "40\\300", 0x00281051: "100\\2000"}
    tags |= {0x00281052: "-1024", 0x00281053: "2", 0x00281055: "BRAIN\\BONE"}
    content = made.dicom(made.EXPLICIT, tags, words(RAMP))
    (said,) = opened(intake, content)
    assert [one["words"] for one in said["windows"]] == ["BRAIN", "BONE", ""]
    plain, inverted, bone = pictures(
        intake, content, FIRST, {**FIRST, "inverted": True}, {**FIRST, "window": said["windows"][1]}
    )
    assert greys(plain) == [shown(2 * value - 1024, 40, 100) for value in RAMP]
    assert greys(inverted) == [shown(2 * value - 1024, 40, 100, True) for value in RAMP]
    assert greys(bone) == [shown(2 * value - 1024, 300, 2000) for value in RAMP]


def test_the_other_functions_of_a_window(intake: Page) -> None:
    tags = {**made.layout(W, H, allocated=16, stored=12), 0x00281050: "1000", 0x00281051: "1500"}
    exact, curved = (
        greys(pictures(intake, made.dicom(made.EXPLICIT, {**tags, 0x00281056: how}, words(RAMP)))[0])
        for how in ("LINEAR_EXACT", "SIGMOID")
    )
    assert exact == [int(255 * min(1, max(0, (value - 1000) / 1500 + 0.5)) + 0.5) for value in RAMP]
    assert curved == [int(255 / (1 + 2.718281828459045 ** (-4 * (value - 1000) / 1500)) + 0.5) for value in RAMP]


def test_bits_beside_the_value_do_not_count(intake: Page) -> None:
    """An overlay in the highest bits, as files of the nineties have it."""
    tags = made.layout(W, H, allocated=16, stored=12)
    marked = [value | 0x8000 * (n % 2) for n, value in enumerate(RAMP)]
    assert greys(pictures(intake, made.dicom(made.EXPLICIT, tags, words(marked)))[0]) == whole(RAMP)


RGB = [(n * 89) % 256 for n in range(W * H * 3)]


def to_rgb(samples: list[int]) -> list[int]:
    """PS3.3, C.7.6.3.1.2."""
    out: list[int] = []
    for at in range(0, len(samples), 3):
        y, b, r = samples[at], samples[at + 1] - 128, samples[at + 2] - 128
        out += [round(min(255, max(0, one))) for one in (y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b)]
    return out


def test_colours_by_pixel_and_by_plane(intake: Page) -> None:
    tags = made.layout(W, H, "RGB")
    planes = bytes(RGB[0::3] + RGB[1::3] + RGB[2::3])
    for content in (
        made.dicom(made.EXPLICIT, tags, bytes(RGB)),
        made.dicom(made.EXPLICIT, {**tags, 0x00280006: 1}, planes),
        made.dicom(made.RLE, tags, [made.rle([bytes(RGB[n::3]) for n in range(3)])]),
    ):
        assert colours(pictures(intake, content)[0]) == RGB


def test_brightness_and_colour_difference(intake: Page) -> None:
    full = made.dicom(made.EXPLICIT, made.layout(W, H, "YBR_FULL"), bytes(RGB))
    assert colours(pictures(intake, full)[0]) == to_rgb(RGB)
    shared, expanded = bytes(RGB[: W * H * 2]), []
    for at in range(0, len(shared), 4):
        first, second, blue, red = shared[at : at + 4]
        expanded += [first, blue, red, second, blue, red]
    half = made.dicom(made.EXPLICIT, made.layout(W, H, "YBR_FULL_422"), shared)
    assert colours(pictures(intake, half)[0]) == to_rgb(expanded)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_palette(intake: Page, bits: int) -> None:
    tags = made.layout(W, H, "PALETTE COLOR")
    tables = [[(n * step + 7) % 256 for n in range(100)] for step in (3, 5, 11)]
    for n, table in enumerate(tables):
        tags[0x00281101 + n] = [100, 10, bits]
        tags[0x00281201 + n] = words([entry << 8 for entry in table]) if bits == 16 else bytes(table)
    values = [n % 256 for n in range(W * H)]
    expected = [table[min(99, max(0, value - 10))] for value in values for table in tables]
    assert colours(pictures(intake, made.dicom(made.EXPLICIT, tags, bytes(values)))[0]) == expected


def jpeg_2000(values: list[int]) -> bytes:
    picture, out = Image.frombytes("I;16", (W, H), words(values)), io.BytesIO()
    picture.save(out, "JPEG2000", no_jp2=True, irreversible=False)
    return out.getvalue()


def jpeg_ls(values: list[int]) -> bytes:
    """By CharLS's own encoder."""
    program = f"""require('@cornerstonejs/codec-charls')().then((charls) => {{
      const coder = new charls.JpegLSEncoder()
      const frame = {{ width: {W}, height: {H}, bitsPerSample: 12, componentCount: 1, isSigned: false }}
      const room = coder.getDecodedBuffer(frame)
      room.set(require('fs').readFileSync(0)); coder.setInterleaveMode(0); coder.setNearLossless(0); coder.encode()
      process.stdout.write(Buffer.from(coder.getEncodedBuffer())) }})"""
    run = subprocess.run(["node", "-e", program], input=words(values), cwd=CLIENT, check=True, capture_output=True)
    return run.stdout


def rle_of_words(values: list[int]) -> bytes:
    return made.rle([bytes(value >> 8 for value in values), bytes(value & 255 for value in values)])


CODERS: dict[str, Callable[[list[int]], bytes]] = {
    made.RLE: rle_of_words,
    made.LOSSLESS_JPEG: lambda values: made.lossless_jpeg(values, W, H, 12),
    made.JPEG_LS: jpeg_ls,
    made.JPEG_2000: jpeg_2000,
}


@pytest.mark.parametrize("syntax", CODERS)
def test_what_is_coded_without_loss_comes_out_as_it_was(intake: Page, syntax: str) -> None:
    """Two frames, and the second is chosen."""
    frames = [RAMP, RAMP[::-1]]
    tags = {**made.layout(W, H, allocated=16, stored=16 if syntax == made.JPEG_2000 else 12), 0x00280008: "2"}
    tags |= {0x00281050: "2048", 0x00281051: "4096"}
    content = made.dicom(syntax, tags, [CODERS[syntax](values) for values in frames])
    first, second = pictures(intake, content, FIRST, {**FIRST, "frame": 1})
    assert greys(first) == [shown(value, 2048, 4096) for value in frames[0]]
    assert greys(second) == [shown(value, 2048, 4096) for value in frames[1]]


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "YBR_FULL_422"])
def test_jpeg(intake: Page, photometric: str) -> None:
    picture, out = Image.radial_gradient("L").resize((64, 48)), io.BytesIO()
    colourful = Image.merge("RGB", [picture, picture.rotate(180), picture.point(lambda p: p // 2)])
    before = picture if photometric == "MONOCHROME2" else colourful
    before.save(out, "JPEG", quality=95)
    tags = {**made.layout(64, 48, photometric), 0x00281050: "128", 0x00281051: "256"}
    (after,) = pictures(intake, made.dicom(made.JPEG, tags, [out.getvalue()]))
    expected = Image.open(io.BytesIO(out.getvalue())).convert("RGB").tobytes()
    assert max(abs(a - b) for a, b in zip(expected, after.tobytes(), strict=True)) <= 4


def real(name: str) -> bytes:
    path = REAL / name
    if not path.is_file():
        pytest.skip("real DICOM files are not beside the repository")
    return path.read_bytes()


def code_stream(content: bytes) -> bytes:
    """The fragments after the table of offsets, joined (PS3.5, annex A.4)."""
    at, parts = content.rindex(struct.pack("<HH", 0x7FE0, 0x10) + b"OB\0\0\xff\xff\xff\xff") + 12, []
    while content[at : at + 4] == struct.pack("<HH", 0xFFFE, 0xE000):
        (length,) = struct.unpack_from("<I", content, at + 4)
        parts.append(content[at + 8 : at + 8 + length])
        at += 8 + length
    return b"".join(parts[1:])


@pytest.mark.parametrize(
    ("name", "size", "kind", "center", "width", "intercept"),
    [
        ("693_J2KR.dcm", (512, 512), "scan", 40, 100, -1024),
        ("RG1_J2KI.dcm", (1841, 1955), "radiograph", 15000, 30000, 0),
        ("RG3_J2KR.dcm", (1760, 1760), "radiograph", 550, 1024, 0),
    ],
)
def test_real_files(intake: Page, name: str, size: Any, kind: str, center: int, width: int, intercept: int) -> None:
    """Pillow decodes the same code stream, but for signed values: those are told by their many shades."""
    content = real(name)
    (said,) = opened(intake, content)
    assert (said["said"]["kind"], said["windows"][0]["center"], said["windows"][0]["width"]) == (kind, center, width)
    (picture,) = pictures(intake, content)
    assert picture.size == size and len(set(greys(picture))) > 90
    if intercept == 0:
        stream = code_stream(content)
        # SIZ has the precision (ITU-T T.800, A.5.1); Pillow shifts every value up to 16 bits.
        shift = 16 - (stream[42] + 1)
        with Image.open(io.BytesIO(stream)) as decoded:
            raw = decoded.tobytes()
        values = [value >> shift for value in struct.unpack(f"<{len(raw) // 2}H", raw)]
        assert greys(picture) == [shown(value, center, width, True) for value in values]


def test_a_real_secondary_capture(intake: Page) -> None:
    content = real("SC_rgb_dcmtk_ebcr_dcmd.dcm")
    (said,) = opened(intake, content)
    assert (said["said"]["burnedIn"], said["said"]["names"]) == ("maybe", ["Lestrade^G"])
    (picture,) = pictures(intake, content)
    assert picture.tobytes() in content, "its bytes are red, green and blue already"


SMALL = made.layout(W, H)
DOT = bytes(W * H)


def holding(kind: str) -> bytes:
    """An object of another class (PS3.4, annex B.5)."""
    return made.dicom(made.EXPLICIT, {**SMALL, 0x00080016: made.STORAGE + kind}, DOT)


@pytest.mark.parametrize(
    ("content", "code", "what"),
    [
        (holding("104.1"), "not_a_picture", "a PDF document"),
        (holding("88.11"), "not_a_picture", "a structured report"),
        (made.dicom(made.MPEG4, SMALL, [DOT]), "not_a_picture", "a video"),
        (made.dicom(made.HTJ2K, SMALL, [DOT]), "unknown_coding", "High-Throughput JPEG 2000"),
        (made.dicom(made.EXPLICIT, made.layout(W, H, allocated=1), DOT), "unknown_pixels", "pixels of one bit"),
        (made.dicom(made.EXPLICIT, SMALL, DOT[:-2]), "cannot_be_read", ""),
        (made.dicom(made.EXPLICIT, SMALL, DOT)[:200], "cannot_be_read", ""),
        (bytes(128) + b"DICM", "cannot_be_read", ""),
    ],
)
def test_what_is_no_picture_is_refused_by_its_name(intake: Page, content: bytes, code: str, what: str) -> None:
    said = opened(intake, content)
    assert said == [{"refused": code, "what": what}]


def test_bombs_are_refused_before_anything_is_decoded(intake: Page) -> None:
    """By what the data set says, and by what the code stream inside a modest data set says."""
    stream = bytearray(jpeg_2000(RAMP))
    struct.pack_into(">II", stream, 8, 60_000, 60_000)
    jpeg = made.lossless_jpeg(RAMP, W, H, 12)
    at = jpeg.index(b"\xff\xc3") + 5
    jpeg = jpeg[:at] + struct.pack(">HH", 65_000, 65_000) + jpeg[at + 4 :]
    tags, before = made.layout(W, H, allocated=16), time.monotonic()
    said = opened(
        intake,
        made.dicom(made.EXPLICIT, made.layout(60_000, 60_000), DOT),
        made.dicom(made.JPEG_2000, tags, [bytes(stream)]),
        made.dicom(made.LOSSLESS_JPEG, tags, [jpeg]),
    )
    assert [one["refused"] for one in said] == ["too_many_pixels", "cannot_be_read", "cannot_be_read"]
    assert time.monotonic() - before < 10


def test_damaged_files_are_refused_or_clean_and_no_worker_is_left(intake: Page) -> None:
    draw = random.Random(20260501)
    tags = {**made.layout(W, H, allocated=16, stored=12), 0x00281050: "2048", 0x00281051: "4096"}
    kinds = [made.dicom(made.EXPLICIT, tags, words(RAMP)), made.dicom(made.IMPLICIT, tags, words(RAMP))]
    kinds += [made.dicom(syntax, tags, [coder(RAMP)]) for syntax, coder in CODERS.items()]
    before = time.monotonic()
    said = opened(intake, *(mutation(draw, draw.choice(kinds)) for _ in range(120)), limit=2000)
    assert time.monotonic() - before < 120
    refusals = [one["refused"] for one in said if "refused" in one]
    assert 10 < len(refusals) < 120
    for one in said:
        for image in one.get("images", []):
            assert made.CANARY.encode() not in base64.b64decode(image["bytes"])
    expect_no_workers(intake)


def test_a_file_that_takes_too_long_is_stopped(intake: Page) -> None:
    assert opened(intake, real("RG1_J2KI.dcm"), limit=5) == [{"refused": "takes_too_long", "what": ""}]
    expect_no_workers(intake)


SPACED = {0x00280030: "0.1388889\\0.2"}
MEASURED = {"row": 138_889, "column": 200_000}


@pytest.mark.parametrize(
    ("tags", "spacing"),
    [
        ({0x00080060: "CT", **SPACED}, MEASURED),
        ({0x00080060: "CR", **SPACED}, None),
        ({0x00080060: "CR", **SPACED, 0x00280A02: "FIDUCIAL"}, MEASURED),
        ({0x00080060: "CT", **SPACED, 0x00080064: "WSD"}, None),
        ({0x00080060: "CT", **SPACED, 0x00080016: made.STORAGE + "7"}, None),
        ({0x00080060: "CT"}, None),
        ({0x00080060: "CT", 0x00280030: "0\\0.2"}, None),
        ({0x00080060: "CT", 0x00280030: "0.2"}, None),
        ({0x00080060: "CT", 0x00280030: "abc\\1e99"}, None),
    ],
)
def test_a_pixel_is_as_large_as_the_file_says_of_the_patient(intake: Page, tags: Any, spacing: Any) -> None:
    """Not of a detector, nor of a picture of a screen."""
    (said,) = opened(intake, made.dicom(made.EXPLICIT, {**SMALL, **tags}, DOT))
    assert said["said"]["pixelSpacing"] == spacing
