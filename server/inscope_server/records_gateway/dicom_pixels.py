"""A picture's pixels as DICOM has them: a JPEG as it is where that is allowed, else decoded (PS3.5, 8.2.1, A.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from PIL import Image, ImageOps

from .target import TargetRefused

BASELINE = 0xC0
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's frame markers: what coding the picture is in (ITU-T T.81, table B.1)."""
ORIENTATION, UPRIGHT = 0x0112, 1
EIGHT_BITS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "YCbCr", "CMYK")
"""Pillow's names for what becomes 8 bits a sample without loss; more would be cut off, not scaled."""


@dataclass(frozen=True)
class Pixels:
    """8 bits a sample. `jpeg`: `data` is JPEG Baseline, otherwise samples by pixel. `lossy`: None is unknown."""

    rows: int
    columns: int
    photometric: Literal["MONOCHROME2", "RGB", "YBR_FULL_422"]
    data: bytes
    jpeg: bool
    lossy: bool | None

    @property
    def samples(self) -> int:
        return 1 if self.photometric == "MONOCHROME2" else 3

    @property
    def ratio(self) -> float:
        """How much smaller the coded picture is than its samples."""
        return self.rows * self.columns * self.samples / len(self.data)


def read_pixels(data: bytes, as_jpeg: bool) -> Pixels:
    """`as_jpeg`: whether the record takes JPEG Baseline. Raises TargetRefused for what is no picture."""
    try:
        with Image.open(BytesIO(data)) as image:
            lossy = True if image.format == "JPEG" else None
            if as_jpeg and _is_baseline(image, data):
                grey = image.mode == "L"
                return Pixels(image.height, image.width, "MONOCHROME2" if grey else "YBR_FULL_422", data, True, lossy)
            _check_samples(image)
            upright = ImageOps.exif_transpose(image)
            plain = upright.convert("L" if upright.mode in ("1", "L") else "RGB")
    except TargetRefused:
        raise
    except Exception as error:  # Pillow lets through whatever its readers of formats stumble over, SyntaxError too.
        raise TargetRefused("the image cannot be read") from error
    return Pixels(
        plain.height, plain.width, "MONOCHROME2" if plain.mode == "L" else "RGB", plain.tobytes(), False, lossy
    )


def _check_samples(image: Image.Image) -> None:
    """Refuses what converting would change: samples of more bits, and what lies under transparent parts."""
    seen = image.convert("RGBA").getchannel("A").getextrema()[0] if image.has_transparency_data else 255
    if image.mode not in EIGHT_BITS or seen != 255:
        raise TargetRefused("the image has more than 8 bits a sample, or parts that are transparent")


def _is_baseline(image: Image.Image, data: bytes) -> bool:
    """Grey, or JFIF's luminance and chrominance: DICOM names that 4:2:2, whatever the sampling is inside."""
    if image.format != "JPEG" or _frame_marker(data) != BASELINE:
        return False
    coloured = image.mode == "RGB" and "jfif" in image.info and image.info.get("adobe_transform", 1) == 1
    return (image.mode == "L" or coloured) and image.getexif().get(ORIENTATION, UPRIGHT) == UPRIGHT


def _frame_marker(data: bytes) -> int | None:
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker in FRAMES:
            return marker
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None
