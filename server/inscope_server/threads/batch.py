"""One transaction's worth of messages: which get which number, and why the others get none. No I/O."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Raw

from inscope_protocol.framing import PrivateMessage

from ..caller import Caller
from ..errors import Refusal
from ..observing.spans import Span, current
from . import entry, rules

Key = tuple[str, str]


@dataclass
class Send:
    """One message on its way. `statements`: parsed envelopes; `disclosures`: the same, as the entry shows them.

    `span`: its trace, where it has one; what is done for several messages at once belongs to each.
    """

    caller: Caller
    thread: str
    message: str
    epoch: int
    mls: bytes
    framing: PrivateMessage
    statements: list[Any] = field(default_factory=list)
    disclosures: list[Any] = field(default_factory=list)
    answer: asyncio.Future[dict[str, int]] | None = None
    span: Span | None = field(default_factory=current)

    @property
    def key(self) -> Key:
        return self.thread, self.message


@dataclass
class Standing:
    """A thread as this transaction holds it: its epoch, its newest number, and the devices of that epoch."""

    epoch: int
    head: int
    devices: list[str]


class Batch:
    """`rows` to insert, `results` in the order of the sends, `deliveries` to make once it has all been committed,
    each with the trace of its message.
    """

    def __init__(self, standing: Mapping[str, Standing], earlier: Mapping[Key, Mapping[str, Any]], now: int) -> None:
        self.standing, self.earlier, self.now = standing, earlier, now
        self.rows: dict[Key, dict[str, Any]] = {}
        self.results: list[dict[str, int] | Refusal] = []
        self.deliveries: list[tuple[Span | None, list[str], Raw]] = []

    def add(self, send: Send) -> None:
        try:
            self.results.append(self._place(send))
        except Refusal as refusal:
            self.results.append(refusal)

    def _place(self, send: Send) -> dict[str, int]:
        standing = self.standing.get(send.thread)
        if standing is None or send.caller.device not in standing.devices:
            raise Refusal("not_found")
        before = self.earlier.get(send.key) or self.rows.get(send.key)
        if before is not None:
            return first_answer(send, before)
        rules.check_message(send.framing, send.thread, send.epoch, standing.epoch)
        standing.head += 1
        row = message_row(send, standing.head, self.now, standing.epoch)
        self.rows[send.key] = row
        self.deliveries.append((send.span, standing.devices, entry.as_json(row)))
        return {"seq": standing.head, "at": self.now}

    def advances(self) -> list[dict[str, Any]]:
        """The new heads of the threads that got a message."""
        touched = sorted({thread for thread, _ in self.rows})
        return [{"of": t, "epoch": self.standing[t].epoch, "head": self.standing[t].head} for t in touched]


def message_row(send: Send, seq: int, at: int, epoch: int) -> dict[str, Any]:
    device = send.caller.device
    return entry.message_row(send.thread, seq, at, device, epoch, send.message, send.mls, send.disclosures)


def first_answer(send: Send, before: Mapping[str, Any]) -> dict[str, int]:
    """A repeat gets the first answer; other bytes under the same id are refused."""
    if before["device"] != send.caller.device or before["mls"] != send.mls:
        raise Refusal("malformed", "Another message already carries this id.")
    return {"seq": before["seq"], "at": before["at"]}
