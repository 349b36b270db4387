"""Names as they are searched: without case and accents, so that `moreau` and `Noemie` find Noémie Moreau."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Unicode casefold of the compatibility decomposition, without combining marks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
