"""What somebody has drawn on a shared image, in words and measures (SPEC S7.11).

Integers only: both readings agree to the last digit.
"""

from collections.abc import Sequence
from math import isqrt

from .types import Arrow, Line, Mark, PixelSpacing, Point

HEADING = "Drawn on the image, in pixels across and down from its upper left corner:"
NOT_CALIBRATED = "not calibrated"


def length_in_pixels(line: Line) -> int:
    """To the nearest pixel."""
    across, down = line.end.x - line.start.x, line.end.y - line.start.y
    return (isqrt(4 * (across * across + down * down)) + 1) // 2


def length_in_tenths(line: Line, spacing: PixelSpacing) -> int:
    """To the nearest tenth of a millimetre, where the spacing is in nanometres."""
    across = (line.end.x - line.start.x) * spacing.column
    down = (line.end.y - line.start.y) * spacing.row
    return (isqrt(4 * (across * across + down * down)) + 100_000) // 200_000


def length_words(line: Line, spacing: PixelSpacing | None) -> str:
    """ "283 pixels, 39.3 mm", or "283 pixels, not calibrated"."""
    if spacing is None:
        return f"{length_in_pixels(line)} pixels, {NOT_CALIBRATED}"
    whole, tenth = divmod(length_in_tenths(line, spacing), 10)
    return f"{length_in_pixels(line)} pixels, {whole}.{tenth} mm"


def annotation_words(marks: Sequence[Mark], spacing: PixelSpacing | None) -> str:
    """As it is filed (S12.4): a heading, and a line for each mark."""
    return "\n".join([HEADING, *(_words(mark, spacing) for mark in marks)])


def _words(mark: Mark, spacing: PixelSpacing | None) -> str:
    if isinstance(mark, Arrow):
        return f"Arrow to {_place(mark.end)}" + (f": {mark.text}" if mark.text else "")
    if isinstance(mark, Line):
        return f"Line from {_place(mark.start)} to {_place(mark.end)}: {length_words(mark, spacing)}"
    return f"Words at {_place(mark.at)}: {mark.text}"


def _place(point: Point) -> str:
    return f"{point.x}, {point.y}"
