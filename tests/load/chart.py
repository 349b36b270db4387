"""A curve as SVG, written by hand: work across, cost up, the points, and the line that fits them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .result import Curve

WIDTH, HEIGHT, LEFT, RIGHT, FOOT, TOP = 460, 260, 64, 28, 40, 18
COLOURS = {"InScope": "#0b5fa5", "floor": "#595959", "Prosody": "#7a3e9d", "ejabberd": "#a63d00", "Synapse": "#00695c"}
MARKS = {"InScope": "circle", "floor": "square", "Prosody": "diamond", "ejabberd": "cross", "Synapse": "triangle"}
"""Told apart without colour too."""


def chart(curve: Curve) -> str:
    """One system's points from zero on, each in its own scale: whether it is a line is what is to be seen."""
    cost, unit = ("bytes", "MB") if curve.of == "bytes" else ("cpu", "s of processor")
    scale = 1e6 if curve.of == "bytes" else 1.0
    points = [(point.work, getattr(point, cost) / scale) for point in curve.points]
    right, high = max(x for x, _ in points) or 1, max(y for _, y in points) * 1.1 or 1

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = WIDTH - LEFT - RIGHT, HEIGHT - FOOT - TOP
        return LEFT + across * x / right, HEIGHT - FOOT - up * min(max(y, 0), high) / high

    colour = COLOURS.get(curve.system, "#333")
    marks = "".join(_mark(MARKS.get(curve.system, "circle"), *place(*point), colour) for point in points)
    return _frame(curve, right, high, unit, marks + _line(curve, right, scale, place, colour))


def _line(curve: Curve, right: float, scale: float, place: object, colour: str) -> str:
    if curve.fit is None:
        return ""
    (x1, y1), (x2, y2) = (place(x, (curve.fit.fixed + curve.fit.slope * x) / scale) for x in (0, right))  # type: ignore[operator]
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-dasharray="5 3"/>'


def _mark(kind: str, x: float, y: float, colour: str) -> str:
    shapes = {
        "circle": f"M{x - 4} {y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
        "square": f"M{x - 4} {y - 4}h8v8h-8z",
        "diamond": f"M{x} {y - 5}l5 5l-5 5l-5 -5z",
        "triangle": f"M{x} {y - 5}l5 9h-10z",
        "cross": f"M{x - 4} {y - 4}l8 8M{x + 4} {y - 4}l-8 8",
    }
    return f'<path d="{shapes[kind]}" fill="{colour}" stroke="{colour}"/>'


def _frame(curve: Curve, right: float, high: float, unit: str, inside: str) -> str:
    base, end = HEIGHT - FOOT, WIDTH - RIGHT
    title = escape(f"{curve.system}: {curve.what}, {unit} against {curve.unit}")
    ticks = "".join(_tick_across(x, right, base) for x in _steps(right))
    ticks += "".join(_tick_up(y, high, base) for y in _steps(high))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" fill="none">'
        f'<path d="M{LEFT} {TOP}V{base}H{end}" stroke="#333"/>{ticks}{inside}'
        f'<text x="{end}" y="{HEIGHT - 6}" text-anchor="end">{escape(curve.unit)}</text>'
        f'<text x="{LEFT}" y="{TOP - 6}" text-anchor="start">{escape(curve.system)}, {unit}</text></svg>'
    )


def _steps(most: float) -> Sequence[float]:
    return [most * part / 4 for part in range(5)]


def _tick_across(x: float, right: float, base: float) -> str:
    at = LEFT + (WIDTH - LEFT - RIGHT) * x / right
    return f'<text x="{at:.0f}" y="{base + 15}" text-anchor="middle">{x:,.0f}</text>'


def _tick_up(y: float, high: float, base: float) -> str:
    at = base - (base - TOP) * y / high
    return f'<text x="{LEFT - 6}" y="{at + 4:.0f}" text-anchor="end">{y:,.3g}</text>'
