"""Does cost grow linearly with the work? A straight line by least squares, and the exponent of the growth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Fit:
    """cost = fixed + slope * work. `r2`: the share of the variance that the line explains, 1 for a perfect line.

    `exponent`: the slope of the same points' logarithms. 1 is linear, 2 is quadratic; a fixed cost pulls it below 1.
    """

    fixed: float
    slope: float
    r2: float
    exponent: float


def fit(points: Pairs) -> Fit:
    """`points`: (work, cost), of at least two different works."""
    fixed, slope = line(points)
    mean = sum(y for _, y in points) / len(points)
    total = sum((y - mean) ** 2 for _, y in points)
    missed = sum((y - fixed - slope * x) ** 2 for x, y in points)
    logarithms = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    return Fit(fixed, slope, 1 - missed / total if total else 1.0, line(logarithms)[1])


def line(points: Pairs) -> tuple[float, float]:
    """Where the line begins, and its slope; a level one where there is but one x."""
    count = max(1, len(points))
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    return mean_y - slope * mean_x, slope
