"""Which pixels go to a PACS: a JPEG as it is where DICOM has its coding, and what would look otherwise not at all."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from inscope_server.records_gateway.dicom_pixels import read_pixels
from inscope_server.records_gateway.target import TargetRefused


def picture(**changes: Any) -> Callable[[str], bytes]:
    """A small picture in a format, as Pillow writes it."""

    def encoded(form: str) -> bytes:
        held = BytesIO()
        Image.new(changes.pop("mode", "RGB"), (5, 3), changes.pop("colour", (200, 40, 40))).save(held, form, **changes)
        return held.getvalue()

    return encoded


TURNED = Image.Exif()
TURNED[0x0112] = 6
CODED: dict[str, tuple[bytes, bool, str]] = {
    "colour": (picture(subsampling=0)("JPEG"), True, "YBR_FULL_422"),
    "grey": (picture(mode="L", colour=99)("JPEG"), True, "MONOCHROME2"),
    "progressive": (picture(progressive=True)("JPEG"), False, "RGB"),
    "inks": (picture(mode="CMYK", colour=(0, 9, 9, 0))("JPEG"), False, "RGB"),
    "turned by a tag": (picture(exif=TURNED)("JPEG"), False, "RGB"),
    "lossless": (picture()("PNG"), False, "RGB"),
    "transparent": (picture(mode="RGBA", colour=(200, 40, 40, 255))("PNG"), False, "RGB"),
    "webp": (picture(lossless=True)("WEBP"), False, "RGB"),
}


@pytest.mark.parametrize("name", CODED)
def test_a_jpeg_is_kept_only_where_dicom_has_its_coding(name):
    data, jpeg, photometric = CODED[name]
    pixels = read_pixels(data, as_jpeg=True)
    assert (pixels.jpeg, pixels.photometric) == (jpeg, photometric)
    assert (pixels.columns, pixels.rows) == ((3, 5) if name == "turned by a tag" else (5, 3))
    if jpeg:
        assert pixels.data == data and pixels.lossy
    else:
        assert len(pixels.data) == 5 * 3 * pixels.samples
    decoded = read_pixels(data, as_jpeg=False)
    red, green, blue = decoded.data[:3]
    assert (name == "grey" and red == 99) or name == "inks" or (abs(red - 200) < 9 and abs(green - blue) < 9)


PNG_OF_NOTHING = bytes.fromhex(
    "89504e470d0a1a0a 0000000d49484452 00000018000000100802000000 834628c2 0000000049444154 0000000000000000"
)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff and no more", PNG_OF_NOTHING])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(TargetRefused, match="cannot be read"):
        read_pixels(data, as_jpeg=True)


@pytest.mark.parametrize(("mode", "colour"), [("I;16", 4096), ("RGBA", (200, 10, 10, 0)), ("LA", (9, 254))])
def test_what_would_look_otherwise_in_the_record_is_refused(mode, colour):
    """More than 8 bits would be cut off to white; under what is transparent lies what nobody was to see."""
    written = BytesIO()
    Image.new(mode, (4, 2), colour).save(written, "PNG")
    with pytest.raises(TargetRefused):
        read_pixels(written.getvalue(), as_jpeg=True)
