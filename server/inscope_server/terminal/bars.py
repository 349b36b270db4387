"""Bars on the standard error, one for each stage of a long act, while it is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..progress import Advance, shown_by


@contextmanager
def bars() -> Iterator[None]:
    """What is done within shows how far it is; finished stages stay until all is over, and then nothing does."""
    if not sys.stderr.isatty():
        yield
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:

        @contextmanager
        def stage(name: str, total: int | None) -> Iterator[Advance]:
            task = progress.add_task(name, total=total)
            yield lambda more: progress.advance(task, more)
            done = progress.tasks[task].completed
            progress.update(task, total=done if total is None else total, completed=done if total is None else total)

        with shown_by(stage):
            yield
