"""The picture once more with what was drawn on it: lines of the page over the picture, never part of its pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

from fpdf import FPDF
from fpdf.enums import RenderStyle

from inscope_protocol.annotations import length_words
from inscope_protocol.types import Arrow, Line, Mark, PixelSpacing, Point, Words

UNDER, OVER = 1.4, 0.7
"""Millimetres. A dark line under a bright one is seen on any picture."""
DARK, BRIGHT = (0, 0, 0), (255, 216, 77)
HEAD, TURN = 4.0, 0.42
"""An arrow's head: its length in millimetres, and half its angle."""
LETTERS, ROW = 9, 4.5
"""Points; millimetres."""


@dataclass(frozen=True)
class Sheet:
    """Where the picture lies on the page: its upper left corner, and millimetres for each pixel across and down."""

    left: float
    top: float
    scale: float

    def at(self, point: Point) -> tuple[float, float]:
        return self.left + point.x * self.scale, self.top + point.y * self.scale


def draw(
    page: FPDF, image: bytes, size: tuple[float, float], pixels: tuple[int, int], marks: Sequence[Mark],
    spacing: PixelSpacing | None, printable: Callable[[str], str],
) -> None:  # fmt: skip
    """Puts the picture at the pen's place, no larger than `size` (millimetres), and the marks over it."""
    scale = min(size[0] / pixels[0], size[1] / pixels[1])
    sheet = Sheet(page.l_margin, page.get_y(), scale)
    words = "The image with what was drawn on it"
    page.image(BytesIO(image), sheet.left, sheet.top, pixels[0] * scale, pixels[1] * scale, alt_text=words)
    for mark in marks:
        _mark(page, sheet, mark)
        place, text = _label(mark, spacing)
        _say(page, sheet, place, printable(text))
    page.set_draw_color(*DARK)
    page.set_text_color(*DARK)
    page.set_xy(page.l_margin, sheet.top + pixels[1] * scale + 4)


def _mark(page: FPDF, sheet: Sheet, mark: Mark) -> None:
    for width, colour in ((UNDER, DARK), (OVER, BRIGHT)):
        page.set_line_width(width)
        page.set_draw_color(*colour)
        page.set_fill_color(*colour)
        match mark:
            case Arrow():
                start, end = sheet.at(mark.start), sheet.at(mark.end)
                page.line(*start, *end)
                page.polygon(_head(start, end), style=RenderStyle.DF)
            case Line():
                page.line(*sheet.at(mark.start), *sheet.at(mark.end))
            case Words():
                x, y = sheet.at(mark.at)
                page.ellipse(x - width, y - width, 2 * width, 2 * width, style=RenderStyle.DF)


def _head(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    along = math.atan2(end[1] - start[1], end[0] - start[0])
    corners = [along + math.pi + turn for turn in (TURN, -TURN)]
    return [end, *((end[0] + HEAD * math.cos(way), end[1] + HEAD * math.sin(way)) for way in corners)]


def _label(mark: Mark, spacing: PixelSpacing | None) -> tuple[Point, str]:
    """What stands beside a mark, and where: at the tail of an arrow, at the end of a line."""
    match mark:
        case Arrow():
            return mark.start, mark.text
        case Line():
            return mark.end, length_words(mark, spacing)
        case Words():
            return mark.at, mark.text


def _say(page: FPDF, sheet: Sheet, place: Point, text: str) -> None:
    """Bright on dark, inside the page and below the picture's upper edge."""
    if text:
        page.set_font(page.family, "B", LETTERS)  # type: ignore[attr-defined]
        page.set_text_color(*BRIGHT)
        page.set_fill_color(*DARK)
        wide = page.get_string_width(text) + 2
        x, y = sheet.at(place)
        left = max(page.l_margin, min(x + 2, page.w - page.r_margin - wide))
        page.set_xy(left, max(sheet.top, y - ROW - 1))
        page.cell(wide, ROW, text, fill=True)
