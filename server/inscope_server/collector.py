"""Python's collector of cycles, kept from what it need not walk.

What a server makes at its start lives as long as the process, and nearly all that a request leaves is freed by its
reference count. As Python sets the collector, it walks all of that again and again.
"""

from __future__ import annotations

import gc

YOUNG = 20_000
"""New objects, less those that are gone already, after which the collector looks at them (Python: 700)."""


def rest() -> None:
    """While a process starts there is nothing to collect."""
    gc.disable()


def settle() -> None:
    """The process has started: what there is stays. From now on cycles are collected, and only new ones."""
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    gc.enable()
