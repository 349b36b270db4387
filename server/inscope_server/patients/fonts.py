"""The fonts that a patient's copy is written with, and the letters that they have.

What reads fonts takes long to load, and is loaded with the first that is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

from ..config import ConfigError

COMING = (("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"), ("fontpkg_amiri", "files/Amiri-Regular.ttf"))
"""Fonts that come with the server: (package, file in it); the first writes whatever is not from right to left."""


@dataclass(frozen=True)
class Font:
    path: Path

    @cached_property
    def letters(self) -> frozenset[str]:
        from fontTools.ttLib import TTFont

        with TTFont(self.path, lazy=True) as font:
            return frozenset(map(chr, font.getBestCmap() or ()))


def fonts_of(font_file: str) -> list[Font]:
    """`font_file`: a font more, asked before those that come with the server; empty: none. Raises ConfigError."""
    return [*_own(font_file), *_coming()]


def _own(font_file: str) -> Iterator[Font]:
    if not font_file:
        return
    from fontTools.ttLib import TTLibError

    font = Font(Path(font_file))
    try:
        if not font.letters:
            raise ConfigError(f"pdf_font_file: {font_file}: it has no letters")
    except (OSError, TTLibError) as error:
        raise ConfigError(f"pdf_font_file: {font_file}: {error}") from error
    yield font


@cache
def _coming() -> tuple[Font, ...]:
    """Without running anything of the packages. Their letters are read once."""
    found = [(find_spec(package), file) for package, file in COMING]
    return tuple(Font(Path(there.origin).parent / file) for there, file in found if there and there.origin)
