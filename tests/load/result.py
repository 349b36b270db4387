"""What was measured, as data: one point is one piece of work done by one system."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from .fit import Fit, fit

TICK = 0.01
"""Seconds: Linux counts processor time by a hundredth; what seems to cost nothing cost less than that."""


@dataclass(frozen=True)
class Point:
    """`work` in `unit`s took `seconds` of the clock and `cpu` seconds of the server's processor; `bytes` of memory."""

    work: float
    seconds: float
    cpu: float
    bytes: float = 0.0


@dataclass
class Curve:
    """A system's points in one scenario, or why there are none."""

    scenario: str
    system: str
    what: str
    unit: str
    points: list[Point] = field(default_factory=list)
    lacking: str = ""
    note: str = ""
    of: str = "cpu"
    """What grows with the work: `cpu` or `bytes`."""
    each: bool = False
    """A point is one act upon so much, a search in a directory of `work` people: its rate is that of the largest."""

    @property
    def rate(self) -> float:
        """Units a second of the clock: the median of the points."""
        return self._rate("seconds")

    @property
    def cpu_rate(self) -> float:
        """Units a second of one core's work: the median of the points."""
        return self._rate("cpu")

    def _rate(self, cost: str) -> float:
        rates = [
            (1 if self.each else point.work) / max(getattr(point, cost), 1e-6 if self.each else TICK)
            for point in self.points
        ]
        return rates[-1] if self.each else statistics.median(rates)

    @property
    def fit(self) -> Fit | None:
        """Of the cost against the work; None where fewer than three sizes were tried."""
        pairs = [(point.work, getattr(point, self.of)) for point in self.points]
        return fit(pairs) if len({work for work, _ in pairs}) >= 3 else None

    def as_data(self) -> dict[str, Any]:
        data = asdict(self)
        if self.points and self.of != "bytes":
            data |= {"rate": self.rate, "cpu_rate": self.cpu_rate}
        if self.fit is not None:
            data["fit"] = asdict(self.fit)
        return data


@dataclass(frozen=True)
class Times:
    """How long one act takes, in milliseconds of the clock."""

    scenario: str
    system: str
    what: str
    p50: float
    p99: float

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def by_scenario(curves: Iterable[Curve]) -> dict[tuple[str, str], list[Curve]]:
    """Those that stand beside each other: (scenario, what) -> one curve a system."""
    found: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        found.setdefault((curve.scenario, curve.what), []).append(curve)
    return found
