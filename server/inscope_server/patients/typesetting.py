"""A document for a patient as PDF, in their own script."""

from __future__ import annotations

from .fonts import fonts_of
from .kept_copy import Document


class Typesetter:
    """`font_file`: as for `fonts_of`. Raises ConfigError."""

    def __init__(self, font_file: str) -> None:
        self.fonts = fonts_of(font_file)

    def can_write(self, document: Document) -> bool:
        """Whether there is a letter for every sign: a page with empty boxes tells a patient nothing."""
        return document.letters <= frozenset().union(*(font.letters for font in self.fonts))

    def write(self, document: Document) -> bytes:
        """About a second of computing: not in the event loop."""
        from .pdf_page import Page  # Its library takes a quarter of a server's start: loaded with the first copy.

        page = Page([font for font in self.fonts if document.letters & font.letters], document)
        for block in document.blocks:
            page.block(block)
        return bytes(page.output())
