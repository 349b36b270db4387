"""What is measured, one scenario a file. Each has TITLE, WHAT, AIM and `measure(make, folder)`, a list of curves."""

from __future__ import annotations

from typing import Any

from . import (
    attachment,
    camera,
    catch_up,
    cold_start,
    directory,
    gate,
    group,
    idle,
    latency,
    pairs,
    processes,
    storm,
    withdrawal,
)  # fmt: skip

_ALL: tuple[Any, ...] = (
    pairs, group, latency, idle, attachment, storm, catch_up, directory, withdrawal, processes, cold_start,
    gate, camera,
)  # fmt: skip
SCENARIOS = {scenario.TITLE: scenario for scenario in _ALL}
