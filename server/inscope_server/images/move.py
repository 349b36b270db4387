"""What becomes of shared pictures when they are decided again, or taken out, or filed; many are written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inscope_protocol.decision import Reason

from ..threads.service import Tombstone


@dataclass(frozen=True)
class Move:
    """`row`: of the picture; `state`: `destroyed`, `suspended`, or `live` again; `code` and `reasons`: why."""

    row: Any
    state: str
    code: str
    reasons: tuple[Reason, ...] = ()
    filed: Any = None

    @property
    def tombstone(self) -> Tombstone:
        return Tombstone(self.row.thread, self.row.disclosure, self.row.image, self.state, self.code, self.filed)


def alike(moves: Sequence[Move]) -> dict[tuple[str, str], list[Move]]:
    """By what they are written with."""
    found: dict[tuple[str, str], list[Move]] = {}
    for one in moves:
        found.setdefault((one.state, one.code), []).append(one)
    return found
