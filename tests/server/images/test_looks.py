"""A preview and its picture, and an image that opens again after a moment, are one look."""

from __future__ import annotations

import pytest

from inscope_server.images.looks import SAME_LOOK_MS, looks

MINUTE = 60_000


@pytest.mark.parametrize(
    ("openings", "seen"),
    [
        ([], []),
        ([("ines", "a", 0)], [("ines", 0)]),
        ([("ines", "a", 2), ("ines", "a", 0)], [("ines", 0)]),
        ([("ines", "a", 0), ("sam", "a", 1)], [("ines", 0), ("sam", 1)]),
        ([("ines", "a", 0), ("ines", "b", 1)], [("ines", 0), ("ines", 1)]),
        ([("ines", "a", 0), ("ines", "a", SAME_LOOK_MS)], [("ines", 0)]),
        ([("ines", "a", 0), ("ines", "a", SAME_LOOK_MS + 1)], [("ines", 0), ("ines", SAME_LOOK_MS + 1)]),
        ([("ines", "a", 4 * MINUTE * count) for count in range(4)], [("ines", 0)]),
    ],
)
def test_looks(openings: list[tuple[str, str, int]], seen: list[tuple[str, int]]) -> None:
    assert looks(openings) == seen


async def test_looking_again_and_again_has_a_bound_since_each_is_logged(arena):
    disclosure = await (await arena.room()).attached(arena.intern, await arena.consent())
    arena.intern.running.clock.stop()
    answers = [(await arena.specialist.open(disclosure)).code for _ in range(241)]
    assert answers == [""] * 240 + ["rate_limited"]
    arena.intern.running.clock.advance(60_000)
    assert (await arena.specialist.open(disclosure)).status == 200
