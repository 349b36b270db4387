"""The cases of `annotations/`: what is drawn on an image, in words and measures (S7.11)."""

from math import hypot
from typing import Any

from .cases import Case, case

HEADING = "Drawn on the image, in pixels across and down from its upper left corner:"
SQUARE = {"row": 200_000, "column": 200_000}
"""A fifth of a millimetre."""


def point(x: int, y: int) -> dict[str, int]:
    return {"x": x, "y": y}


def line(*ends: int) -> dict[str, Any]:
    return {"kind": "line", "start": point(*ends[:2]), "end": point(*ends[2:])}


def arrow(text: str, *ends: int) -> dict[str, Any]:
    return line(*ends) | {"kind": "arrow", "text": text}


def words(text: str, x: int, y: int) -> dict[str, Any]:
    return {"kind": "words", "at": point(x, y), "text": text}


def put(name: str, marks: list[dict[str, Any]], spacing: dict[str, int] | None, *lines: str) -> Case:
    given = {"marks": marks, "spacing": spacing}
    return case(name, "value", "S7.11", "annotation_words", given, "\n".join([HEADING, *lines]))


def measured(name: str, drawn: dict[str, Any], spacing: dict[str, int]) -> Case:
    """Far from any half, floating point says the same."""
    across, down = (abs(drawn["end"][axis] - drawn["start"][axis]) for axis in "xy")
    pixels, tenths = hypot(across, down), hypot(across * spacing["column"], down * spacing["row"]) / 100_000
    assert all(0.01 < (value + 0.5) % 1 < 0.99 for value in (pixels, tenths)), name
    start, end = (f"{drawn[side]['x']}, {drawn[side]['y']}" for side in ("start", "end"))
    said = f"Line from {start} to {end}: {round(pixels)} pixels, {round(tenths) // 10}.{round(tenths) % 10} mm"
    return put(name, [drawn], spacing, said)


def spelled() -> list[Case]:
    across = line(0, 0, 3, 4)
    return [
        put("nothing", [], None),
        put("an arrow with words", [arrow("fracture", 10, 20, 450, 600)], None, "Arrow to 450, 600: fracture"),
        put("an arrow without", [arrow("", 10, 20, 450, 600)], None, "Arrow to 450, 600"),
        put("words", [words("medial \u00fc\U0001f9b4", 1, 2)], SQUARE, "Words at 1, 2: medial \u00fc\U0001f9b4"),
        put("a line that is not calibrated", [across], None, "Line from 0, 0 to 3, 4: 5 pixels, not calibrated"),
        put("a line of five fifths of a millimetre", [across], SQUARE, "Line from 0, 0 to 3, 4: 5 pixels, 1.0 mm"),
        put("a diagonal, rounded down", [line(0, 0, 1, 1)], SQUARE, "Line from 0, 0 to 1, 1: 1 pixels, 0.3 mm"),
        put("half a tenth is rounded up", [line(0, 0, 1, 0)], {"row": 1, "column": 50_000},
            "Line from 0, 0 to 1, 0: 1 pixels, 0.1 mm"),
        put("a nanometre less is not", [line(0, 0, 1, 0)], {"row": 1, "column": 49_999},
            "Line from 0, 0 to 1, 0: 1 pixels, 0.0 mm"),
        put("rows are counted down, columns across", [line(0, 0, 10, 0), line(0, 0, 0, 10)],
            {"row": 1_000_000, "column": 500_000}, "Line from 0, 0 to 10, 0: 10 pixels, 5.0 mm",
            "Line from 0, 0 to 0, 10: 10 pixels, 10.0 mm"),
        put("in the order in which they were drawn", [words("b", 0, 0), words("a", 0, 0)], None,
            "Words at 0, 0: b", "Words at 0, 0: a"),
        measured("the longest line", line(0, 0, 16_384, 16_384), {"row": 100_000_000, "column": 99_999_999}),
        measured("a line drawn backwards", line(900, 700, 13, 251), {"row": 139_000, "column": 138_889}),
    ]  # fmt: skip


def files() -> dict[str, list[Case]]:
    return {"annotations/words": spelled()}
