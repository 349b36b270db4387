"""A patient's copy on the pages of a PDF: shaped by HarfBuzz, each paragraph from its own side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.prefs import ViewerPreferences

from .fonts import Font
from .kept_copy import Block, Document, Style

MARGIN, WIDTH = 18, 174
"""Millimetres, on A4."""
SIZES: dict[Style, tuple[float, float, float]] = {
    "title": (19, 9.5, 6), "heading": (14, 7.5, 5), "label": (10, 5.5, 2.5), "text": (12, 6.8, 0.6), "fine": (9, 5, 1),
    "rule": (12, 9, 0), "code": (10, 6, 0.6),
}  # fmt: skip
"""Of each style: its letters in points, its lines and the space above it in millimetres."""
QUIET = {"label": 80, "fine": 80}

SIGNS = "぀-ヿ㐀-鿿豈-﫿"
CLOSING, OPENING = "，。、；：？！”’）》」』】…", "“‘（《「『【"
PIECE = re.compile(rf"[{OPENING}]*(?:[{SIGNS}][{CLOSING}]*|[^\s{SIGNS}{OPENING}]+)\s*|[{OPENING}]+\s*|\s+")
"""What a line never breaks: a word, or one Chinese sign with the marks that may not stand apart from it."""


class Page(FPDF):
    """A4. One font writes a paragraph; the others lend what it does not have."""

    def __init__(self, fonts: Sequence[Font], document: Document) -> None:
        super().__init__()
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.set_lang(document.language)
        self.set_title(document.title)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_creation_date(datetime.fromtimestamp(document.at / 1000, UTC))
        needed = sorted(map(ord, document.letters | set("0123456789")))
        self.letters = {f"font{place}": font.letters for place, font in enumerate(fonts)}
        for name, font in zip(self.letters, fonts, strict=True):
            self.add_font(name, fname=font.path, unicode_range=needed)
        # A font for Chinese has its quotation marks as wide as its signs, unless it is asked (OpenType feature pwid).
        self.features = {"pwid": not document.language.startswith("zh")}
        self.widths: dict[tuple[str, str], float] = {}
        self.add_page()

    def footer(self) -> None:
        self.set_y(-MARGIN + 4)
        self.set_font("font0", "", 9)
        self.set_text_color(0)
        self.cell(WIDTH, 5, str(self.page_no()), align="C")

    def block(self, block: Block) -> None:
        size, height, above = SIZES[block.style]
        self.set_text_shaping(True, features=self.features, direction=block.direction)
        # A heading or a label stands with what it is of.
        together = height + above + (24 if block.style in ("title", "heading") else 8)
        if self.will_page_break(together):
            self.add_page()
        self._choose_font(block, size)
        self.set_text_color(QUIET.get(block.style, 0))
        self.ln(above)
        if block.style == "rule":
            self.line(MARGIN, self.get_y() + height - 1, MARGIN + WIDTH, self.get_y() + height - 1)
            self.ln(height)
        for line in self._lines(block.text, size):
            align = "R" if block.direction == "rtl" else "L"
            self.cell(WIDTH, height, line, align=align, new_x="LMARGIN", new_y="NEXT")

    def _choose_font(self, block: Block, size: float) -> None:
        """From right to left, the one that has most of it: spaces and marks of another font would part its words."""
        fonts = list(self.letters)
        if block.direction == "rtl":
            fonts.sort(key=lambda name: -len(set(block.text) & self.letters[name]))
        self.set_font(fonts[0], "", size)
        self.set_fallback_fonts(fonts[1:], exact_match=False)

    def _lines(self, text: str, size: float) -> Iterator[str]:
        """As many pieces a line as it has room for."""
        line, used, room = "", 0.0, WIDTH - 2
        for piece in (part for whole in PIECE.findall(text) for part in self._broken(whole, size, room)):
            width = self._width(piece, size)
            if line and used + self._width(piece.rstrip(), size) > room:
                yield line.rstrip()
                line, used = "", 0.0
            line, used = line + piece, used + width
        if line:
            yield line.rstrip()

    def _broken(self, piece: str, size: float, room: float) -> Iterator[str]:
        """A piece that no line has room for, such as an address, breaks anywhere."""
        while self._width(piece.rstrip(), size) > room:
            end = next(end for end in range(len(piece) - 1, 0, -1) if self._width(piece[:end], size) <= room)
            yield piece[:end]
            piece = piece[end:]
        yield piece

    def _width(self, piece: str, size: float) -> float:
        """In millimetres; measured once for each piece."""
        key = (self.font_family, piece)
        if key not in self.widths:
            self.widths[key] = self.get_string_width(piece) / size
        return self.widths[key] * size
