"""A photograph in Chromium: from the shutter to sealed, from message to shown (camera_bench.py). On all cores."""

from __future__ import annotations

import os
from pathlib import Path

from .. import camera_bench
from ..meter import load_on_its_core
from ..result import Times
from ..systems.floor import Floor
from ..systems.inscope import InScope
from ..trial import Make

TITLE = "camera"
WHAT = "a photograph"
AIM = "an image of 5 MB shown within 1 s"


async def measure(make: Make, folder: Path) -> list[Times]:
    """The floor is measured with it, in the same browser on the same pixels."""
    if make is not InScope:
        return []
    place = folder / "camera"
    place.mkdir()
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    rows, photographs = await camera_bench.measure(f"sqlite+aiosqlite:///{place}/camera.sqlite3", place)
    load_on_its_core()
    pairs = [((make.name, ours), (Floor.name, least)) for _, ours, least in rows]
    said = [f"{what} ({photographs})" for what, _, _ in rows]
    return [Times(TITLE, name, what, *times) for what, pair in zip(said, pairs, strict=True) for name, times in pair]
