"""What is left of a file once the client has taken it in: pixels, and nothing of whoever or wherever it was made.

The client's own intake runs in real Chromium, under the product's headers, on photographs of real cameras and on files
with every kind of metadata. What comes out is read by a parser that knows only the parts which pixels need.
"""

from __future__ import annotations

import base64
import io
import random
import shutil
import struct
import subprocess
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from browser import camera_files
from browser.chromium import HEADLESS
from browser.preview.look import serve

CLIENT = Path(__file__).parents[2] / "client_web"
CAMERAS = Path(__file__).parents[3] / "shared" / "data" / "exif"
PHOTOGRAPHS = [
    "BlueSquare.jpg", "Canon_40D.jpg", "Canon_40D_photoshop_import.jpg", "DSCN0010.jpg", "DSCN0025.jpg",
    "Nikon_D70.jpg", "Panasonic_DMC-FZ30.jpg", "Samsung_Digimax_i50_MP3.jpg", "image00971.jpg", "image01137.jpg",
    "jolla.jpg", "landscape_3.jpg", "landscape_6.jpg", "long_description.jpg", "portrait_8.jpg",
]  # fmt: skip
# SOI, JFIF, quantisation tables, frame, Huffman tables, restart interval, scan.
JPEG_PARTS = {0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDD, 0xDA}
PNG_PARTS = {b"IHDR", b"sRGB", b"IDAT", b"IEND"}


@dataclass(frozen=True)
class Taken:
    content: bytes
    media_type: str
    width: int
    height: int
    taken_at: int | None

    def picture(self) -> Image.Image:
        return Image.open(io.BytesIO(self.content)).convert("RGB")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The intake's page, built by the client's own Vite. Whatever the console complains of fails the tests."""
    dist = tmp_path_factory.mktemp("intake")
    build = [shutil.which("npx") or "npx", "vite", "build", "--config", "tests/platform/intake_page.config.mjs"]
    subprocess.run([*build, "--outDir", str(dist), "--logLevel", "error"], cwd=CLIENT, check=True, timeout=120)
    (dist / "index.html").write_text(
        '<!doctype html><title>Intake</title><script type="module" src="/intake_page.js"></script>'
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=HEADLESS, args=["--no-sandbox"])
        page, said = browser.new_context(timezone_id="Australia/Sydney").new_page(), []
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(serve(dist))
        yield page
        browser.close()
    assert said == [], said


def answers(page: Page, *contents: bytes) -> list[dict[str, Any]]:
    """What the intake says of each, without a judgement."""
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": content} for n, content in enumerate(contents)]
    page.get_by_label("Files").set_input_files(files)  # type: ignore[arg-type]
    said: list[dict[str, Any]] = page.evaluate("takeInGiven()")
    return said


def taken(page: Page, content: bytes) -> Taken:
    (said,) = answers(page, content)
    assert "refused" not in said, said
    return Taken(base64.b64decode(said["bytes"]), said["mediaType"], said["width"], said["height"], said["takenAt"])


def jpeg_parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of every segment, then EOI, which must be the end. Restart markers belong to their scan."""
    assert content[:2] == b"\xff\xd8"
    at = 2
    while True:
        assert content[at] == 0xFF
        marker = content[at + 1]
        if marker == 0xD9:
            assert at + 2 == len(content), "bytes after the picture"
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        yield marker, content[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xDA:
            while content[at] != 0xFF or content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
                at += 1


def png_parts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", content, at + 8 + length) == (zlib.crc32(kind + body),)
        yield kind, body
        at += 12 + length
    assert kind == b"IEND"


def assert_pixels_alone(image: Taken) -> None:
    """Only the parts that pixels need, in one format that is what it says, with no canary in any spelling."""
    picture = Image.open(io.BytesIO(image.content))
    assert (f"image/{picture.format}".lower(), picture.size) == (image.media_type, (image.width, image.height))
    if picture.format == "JPEG":
        parts = list(jpeg_parts(image.content))
        assert {marker for marker, _ in parts} <= JPEG_PARTS, [hex(marker) for marker, _ in parts]
        assert [body[:5] + body[7:] for marker, body in parts if marker == 0xE0] in (
            [],
            [b"JFIF\0" + b"\0\0\1\0\1\0\0"],
        )
    else:
        assert {kind for kind, _ in png_parts(image.content)} <= PNG_PARTS
    for spelling in ("ascii", "utf-16-le", "utf-16-be"):
        assert camera_files.CANARY.encode(spelling) not in image.content


def corners(picture: Image.Image) -> dict[str, str]:
    """For each corner, the name of the colour that is nearest there."""

    def nearest(colour: tuple[int, ...]) -> str:
        return min(
            camera_files.COLOURS,
            key=lambda name: sum(abs(a - b) for a, b in zip(camera_files.COLOURS[name], colour, strict=True)),
        )

    (w, h), inset = picture.size, 8
    points = [(inset, inset), (w - inset, inset), (inset, h - inset), (w - inset, h - inset)]
    return {name: nearest(picture.getpixel(point)) for name, point in zip(camera_files.COLOURS, points, strict=True)}  # type: ignore[arg-type]


HEIC_TAKEN = 1_618_174_073_000  # 11 April 2021, 15:47:53 at -05:00
UPRIGHT = {name: name for name in camera_files.COLOURS}


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_every_kind_of_metadata_is_gone(page: Page, kind: str) -> None:
    content = getattr(camera_files, kind)()
    assert content.count(camera_files.CANARY.encode()) >= 5
    image = taken(page, content)
    assert_pixels_alone(image)
    assert corners(image.picture()) == UPRIGHT


@pytest.mark.parametrize("what", camera_files.polyglots())
def test_a_polyglot_comes_out_as_a_picture_and_nothing_else(page: Page, what: str) -> None:
    image = taken(page, camera_files.polyglots()[what])
    assert_pixels_alone(image)
    assert corners(image.picture()) == UPRIGHT
    assert [mark for mark in (b"PK\x03\x04", b"PK\x05\x06", b"<script", b"%PDF") if mark in image.content] == []


def metadata_of(content: bytes) -> list[bytes]:
    """The bodies of all APPn and COM segments before the first scan."""
    found, at = [], 2
    while content[at] == 0xFF and content[at + 1] not in (0xD9, 0xDA):
        (length,) = struct.unpack_from(">H", content, at + 2)
        if 0xE1 <= content[at + 1] <= 0xEF or content[at + 1] == 0xFE:
            found.append(content[at + 4 : at + 2 + length])
        at += 2 + length
    return found


def windows(content: bytes) -> set[bytes]:
    """Every run of 16 bytes that is telling enough not to arise by itself."""
    runs = (content[at : at + 16] for at in range(len(content) - 15))
    return {run for run in runs if len(set(run)) > 8}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_nothing_of_a_real_cameras_metadata_survives(page: Page, name: str) -> None:
    path = CAMERAS / name
    if not path.is_file():
        pytest.skip("photographs of real cameras are not beside the repository")
    content = path.read_bytes()
    image = taken(page, content)
    assert_pixels_alone(image)
    hidden = set().union(*map(windows, metadata_of(content)))
    assert len(hidden) > 10
    # A thumbnail in the metadata may begin as the new picture does and share its standard tables: nobody's own.
    before_scan = image.content[: image.content.index(b"\xff\xda")]
    assert {run for run in hidden & windows(image.content) if run not in before_scan} == set()
    before = Image.open(io.BytesIO(content))
    turned = before.getexif().get(0x0112, 1) >= 5
    assert image.picture().size == (before.size[::-1] if turned else before.size)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(page: Page, kind: str, orientation: int) -> None:
    image = taken(page, camera_files.turned(orientation, kind))
    assert image.picture().size == (camera_files.WIDTH, camera_files.HEIGHT)
    assert corners(image.picture()) == UPRIGHT


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_the_clinical_moment_is_kept_beside_the_picture(page: Page, kind: str) -> None:
    assert taken(page, getattr(camera_files, kind)()).taken_at == camera_files.TAKEN_UTC_MS


def test_no_moment_is_made_up(page: Page) -> None:
    plain = camera_files.saved(camera_files.upright(), exif=camera_files.exif_block(with_moment=False))
    assert taken(page, plain).taken_at is None


def test_a_moment_without_an_offset_is_local(page: Page) -> None:
    path = CAMERAS / "jolla.jpg"
    if not path.is_file():
        pytest.skip("photographs of real cameras are not beside the repository")
    assert taken(page, path.read_bytes()).taken_at == 1_411_279_256_000  # 21 September 2014, 16:00:56 in Sydney


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_moves_is_refused_rather_than_cut_to_one_frame(page: Page, kind: str) -> None:
    assert answers(page, camera_files.moving(kind)) == [{"refused": "is_moving"}]


def test_bombs_are_refused_by_their_header(page: Page) -> None:
    """Each is a valid file of a few kilobytes. Decoded, the first would take 800 MB; a refusal takes no time."""
    bomb = camera_files.png_bomb(16_000, 12_500)
    assert len(bomb) < 100_000
    before = time.monotonic()
    assert answers(page, bomb, camera_files.png_bomb(17_000, 8)) == [{"refused": "too_many_pixels"}] * 2
    assert time.monotonic() - before < 5


def test_what_is_compressed_besides_pixels_is_never_unpacked(page: Page) -> None:
    bomb, before = camera_files.text_bomb(), time.monotonic()
    assert corners(taken(page, bomb).picture()) == UPRIGHT
    assert time.monotonic() - before < 10


def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_is_taken(page: Page) -> None:
    page.get_by_label("Files").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": camera_files.scan_bomb(1000, 20)}
    )
    assert page.evaluate("takeInGiven(100)") == [{"refused": "takes_too_long"}]
    assert corners(taken(page, camera_files.saved(camera_files.upright())).picture()) == UPRIGHT


def test_a_picture_cut_short_or_damaged_is_refused_or_clean(page: Page) -> None:
    """600 mutations of files with every kind of metadata: no crash, no hang, and nothing hidden gets through."""
    draw = random.Random(20260501)
    kinds = [camera_files.jpeg(), camera_files.png(), camera_files.webp()]
    mutated = [mutation(draw, draw.choice(kinds)) for _ in range(600)]
    before = time.monotonic()
    said = answers(page, *mutated)
    assert time.monotonic() - before < 120
    refusals = [one["refused"] for one in said if "refused" in one]
    assert set(refusals) <= {"not_an_image", "cannot_be_read", "too_many_pixels", "is_moving"}
    images = [one for one in said if "bytes" in one]
    assert len(images) > 50 and len(refusals) > 50
    for one in images:
        assert_pixels_alone(
            Taken(base64.b64decode(one["bytes"]), one["mediaType"], one["width"], one["height"], one["takenAt"])
        )


def mutation(draw: random.Random, content: bytes) -> bytes:
    """Some bytes changed, a run moved, doubled or taken out, or the end missing."""
    changed = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 8])):
        at, length = draw.randrange(len(changed)), draw.choice([1, 2, 4, 64, 1000])
        match draw.randrange(5):
            case 0:
                changed[at] = draw.randrange(256)
            case 1:
                changed[at : at + length] = draw.randbytes(length)
            case 2:
                changed[at:at] = changed[at : at + length]
            case 3 if len(changed) > 2000:
                del changed[at : at + length]
            case _ if draw.random() < 0.3 and len(changed) > 2000:
                del changed[-draw.randrange(1, len(changed) // 2) :]
    return bytes(changed)


def heic() -> bytes:
    path = CAMERAS / "IMG_5195.HEIC"
    if not path.is_file():
        pytest.skip("photographs of real cameras are not beside the repository")
    return path.read_bytes()


def test_an_iphones_heic_is_read_and_leaves_as_a_jpeg(page: Page) -> None:
    content = heic()
    image = taken(page, content)
    assert_pixels_alone(image)
    assert (image.media_type, image.width, image.height) == ("image/jpeg", 2566, 3313)
    assert image.taken_at == HEIC_TAKEN
    assert len(set(image.picture().resize((64, 64)).get_flattened_data())) > 500
    hidden = windows(content[: content.index(b"mdat")]) | windows(exif_of_heic(content))
    assert hidden & windows(image.content) == set()


def test_a_heic_that_claims_too_much_is_refused_before_it_is_decoded(page: Page) -> None:
    content = heic()
    at = content.rindex(b"ispe", 0, content.index(b"mdat")) + 8
    huge = content[:at] + struct.pack(">II", 60_000, 60_000) + content[at + 8 :]
    before = time.monotonic()
    assert answers(page, huge) == [{"refused": "too_many_pixels"}]
    assert time.monotonic() - before < 5


def test_a_heic_whose_grid_is_larger_than_it_claims_is_not_decoded(page: Page) -> None:
    """The size of an image made of tiles is said twice; the second one is libheif's to refuse."""
    content = heic()
    at = content.index(b"idat") + 4
    assert struct.unpack_from(">HH", content, at + 4) == (2566, 3313)
    grid = content[: at + 4] + struct.pack(">HH", 65_000, 65_000) + content[at + 8 :]
    assert answers(page, grid) == [{"refused": "cannot_be_read"}]


def test_a_heic_that_takes_too_long_is_stopped(page: Page) -> None:
    page.get_by_label("Files").set_input_files({"name": "x.heic", "mimeType": "image/heic", "buffer": heic()})
    assert page.evaluate("takeInGiven(60)") == [{"refused": "takes_too_long"}]
    expect_no_workers(page)


def test_damaged_heic_files_are_refused_or_clean(page: Page) -> None:
    """The first kilobytes hold all boxes; the rest is one stream of pixels."""
    draw, content = random.Random(20260501), heic()
    boxes = content.index(b"mdat")
    said = answers(page, *(mutation(draw, content[:boxes]) + content[boxes:] for _ in range(10)))
    assert {one.get("refused", "taken") for one in said} <= {
        "taken",
        "not_an_image",
        "cannot_be_read",
        "too_many_pixels",
        "is_moving",
    }
    for one in said:
        if "bytes" in one:
            assert_pixels_alone(
                Taken(base64.b64decode(one["bytes"]), one["mediaType"], one["width"], one["height"], one["takenAt"])
            )
    expect_no_workers(page)
    assert taken(page, content).width == 2566


def exif_of_heic(content: bytes) -> bytes:
    at = content.index(b"Exif\0\0", content.index(b"mdat"))
    return content[at : at + 1500]


def expect_no_workers(page: Page) -> None:
    """A stopped worker is gone a few seconds later: Chromium waits two for it to end by itself."""
    for _ in range(500):
        if not page.workers:
            return
        page.wait_for_timeout(20)
    raise AssertionError("a worker still runs")


def test_a_tiff_is_refused_with_what_to_do(page: Page) -> None:
    assert answers(page, saved_as_tiff()) == [{"refused": "is_tiff"}]


def saved_as_tiff() -> bytes:
    out = io.BytesIO()
    camera_files.upright().save(out, "TIFF")
    return out.getvalue()
