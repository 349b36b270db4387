"""How often somebody looked. A picture that opens shows its preview first, and one that closed when the line was gone
opens once more: each is a release with its entry in the log, and all of them are one look to whom it is told in words.
"""

from __future__ import annotations

from collections.abc import Iterable

from inscope_protocol.types import LONGEST_STATUS

SAME_LOOK_MS = LONGEST_STATUS
"""As long as an image stays open without news of its consent (SPEC S5.12)."""


def looks(openings: Iterable[tuple[str, str, int]]) -> list[tuple[str, int]]:
    """(person, at) of each look, oldest first, from (person, picture, at) of each opening of it or of its preview.

    Openings of one picture by one person are one look, which began with the first of them, where none came more than
    five minutes after the one before.
    """
    last: dict[tuple[str, str], int] = {}
    found = []
    for person, picture, at in sorted(openings, key=lambda one: one[2]):
        if at - last.get((person, picture), at - SAME_LOOK_MS - 1) > SAME_LOOK_MS:
            found.append((person, at))
        last[person, picture] = at
    return found
