"""What the gate adds in a thread of 50 people with 100 live images (gate_cost.py)."""

from __future__ import annotations

from pathlib import Path

from .. import gate_cost
from ..result import Times
from ..systems.inscope import InScope
from ..trial import Make

TITLE = "gate"
WHAT = "the gate"
AIM = "below 1 ms at the 99th percentile on a send"


async def measure(make: Make, folder: Path) -> list[Times]:
    if make is not InScope:
        return []
    place = folder / "gate"
    place.mkdir()
    rows = await gate_cost.measure(f"sqlite+aiosqlite:///{place}/gate.sqlite3", place)
    return [Times(TITLE, make.name, *row) for row in rows]
