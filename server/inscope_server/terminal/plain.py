"""Words of others on a terminal: none of them moves its cursor, changes its colours or turns its lines round."""

from __future__ import annotations

import unicodedata

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Names in Persian and in scripts of India are written with them, and they do nothing else."""
NO_TEXT = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode's general categories of what is not to read: controls, formats such as marks of direction, no characters."""


def plain(text: str) -> str:
    """`text` in one line, with a mark in the place of each character that is none to read."""
    return "".join(one if one in JOINERS or unicodedata.category(one) not in NO_TEXT else "\ufffd" for one in text)


def say(sentence: str) -> None:
    """A line on the standard output."""
    print(plain(sentence), flush=True)
