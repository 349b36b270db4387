"""What the processes under test cost: processor time and memory, of them and of all that they started.

Processor time, and not the clock, is what can be compared on a machine on which other work runs: the clock also counts
how long a process waited for its turn.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field

import psutil

SERVER_CORE = 0
LOAD_CORE = 1


@dataclass
class Meter:
    """`roots`: the processes that were started. Those that they start are counted with them, while they live."""

    roots: list[psutil.Process] = field(default_factory=list)

    def watch(self, pid: int, core: int | None = SERVER_CORE) -> psutil.Process:
        process = psutil.Process(pid)
        self.roots.append(process)
        if core is not None:
            for each in self._all():
                pin(each, core)
        return process

    def cpu(self) -> float:
        """Seconds so far, in user and kernel."""
        return sum(self._each(spent))

    def memory(self) -> int:
        """Bytes, what is shared counted once (proportional set size)."""
        return sum(full.pss for full in self._each(psutil.Process.memory_full_info))

    def _all(self) -> list[psutil.Process]:
        found = list(self.roots)
        for root in self.roots:
            with contextlib.suppress(psutil.NoSuchProcess):
                found += root.children(recursive=True)
        return found

    def _each(self, ask):  # type: ignore[no-untyped-def]
        for process in self._all():
            with contextlib.suppress(psutil.NoSuchProcess, OSError):
                yield ask(process)


def spent(process: psutil.Process) -> float:
    """Processor seconds of all its threads so far, to the nanosecond; psutil has them to the hundredth.

    (clock_getcpuclockid(3), which Python lacks, makes the clock's number so. Raises OSError once the process is gone.)
    """
    return time.clock_gettime((~process.pid << 3) | 2)


def pin(process: psutil.Process, core: int) -> None:
    """All threads of a process on one core: those that it has already, too."""
    for thread in process.threads():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(thread.id, {core})


def load_on_its_core() -> None:
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})


def busy() -> float:
    """How much of the whole machine works, at this moment: 0 to 1."""
    return psutil.cpu_percent(interval=0.5) / 100
