"""What is measured, one scenario a file. Each has TITLE, WHAT, AIM and `measure(make, folder)`, a list of curves."""

from __future__ import annotations

from typing import Any

from . import attachment, catch_up, cold_start, directory, group, idle, pairs, processes, storm, withdrawal

_ALL: tuple[Any, ...] = (pairs, group, idle, attachment, storm, catch_up, directory, withdrawal, processes, cold_start)
SCENARIOS = {scenario.TITLE: scenario for scenario in _ALL}
