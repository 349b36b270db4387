"""What the processes of one server tell each other through Redis, so that nobody else can.

An entry is a tag (32 bytes: BLAKE2b, keyed, over all that follows), the process that made it (16), its number there
(8), when that was (8, milliseconds), and a JSON list of what is told: all that waited when it was made, since an entry
costs much more than what is in it. Whoever can write into Redis holds no key: what they put there is not even parsed.
What they repeat is an entry that was heard already, or too old; and what they, or a broken connection, keep back is
missed by its number.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import msgspec
from msgspec import Raw, Struct

from ..clock import Clock

LIFETIME = 60_000
"""Milliseconds for which an entry counts, by the reader's clock: the clocks of processes differ by less."""
LARGEST = 16 * 1024 * 1024
TAG, HEAD = 32, 32


class Told(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`event` to `to`, which are devices unless the event says otherwise.

    `data`: JSON, which is not looked into before somebody here is to have it.
    """

    event: str
    to: list[str]
    data: Raw = Raw(b"null")


class QueueEntries:
    """`key`: 32 bytes that all processes of one server share."""

    def __init__(self, clock: Clock, key: bytes) -> None:
        self.clock, self._key = clock, key
        self._process, self._number = clock.random(16), 0
        self._heard: dict[bytes, tuple[int, int]] = {}
        self.missed = False  # Something that another process told has not come here; set back by who sees to it.

    def made(self, told: Sequence[Told]) -> bytes:
        """An entry that the other processes take once, in this order."""
        self._number += 1
        head = self._process + self._number.to_bytes(8, "big") + self.clock.now().to_bytes(8, "big")
        body = head + msgspec.json.encode(told)
        return self._tag(body) + body

    def lost(self) -> None:
        """Something was not told: the others notice that by the next that is."""
        self._number += 1

    def read(self, entry: bytes) -> list[Told]:
        """What another process told; nothing of an entry of this one, or of nobody, or that was heard or is too old."""
        tag, body = entry[:TAG], entry[TAG:]
        process, number, at = body[:16], int.from_bytes(body[16:24], "big"), int.from_bytes(body[24:HEAD], "big")
        if process == self._process or not TAG + HEAD < len(entry) <= LARGEST:
            return []
        if not hmac.compare_digest(tag, self._tag(body)) or not self._is_news(process, number, at):
            return []
        return msgspec.json.decode(body[HEAD:], type=list[Told])

    def _is_news(self, process: bytes, number: int, at: int) -> bool:
        """A process's entries come in their order, so that the newest number says which were heard."""
        now = self.clock.now()
        self._heard = {one: (last, when) for one, (last, when) in self._heard.items() if abs(now - when) <= LIFETIME}
        last = self._heard[process][0] if process in self._heard else number - 1
        if abs(now - at) > LIFETIME or number <= last:
            return False
        self.missed = self.missed or number > last + 1
        self._heard[process] = number, at
        return True

    def _tag(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, digest_size=TAG, key=self._key, person=b"inscope-queue").digest()
