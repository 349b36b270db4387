"""A token bucket for each key: slows guessing and enumeration, decides nothing else.

Buckets are in memory. Where there are several processes, each tells the others what it takes (shared_limits.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..clock import Clock
from ..errors import Refusal

MAX_KEYS = 10_000
Key = tuple[str, ...]


@dataclass
class _Bucket:
    tokens: float
    at: int


class RateLimit:
    """`burst` at once, then `per_minute`. A key is one or more names. `tells` what was taken; below 0: given back."""

    def __init__(self, clock: Clock, per_minute: int, burst: int) -> None:
        self.clock, self.per_minute, self.burst = clock, per_minute, burst
        self.tells: Callable[[Key, int], None] = lambda key, count: None
        self._buckets: dict[Key, _Bucket] = {}

    def take(self, *key: str) -> None:
        """Uses one token of `key`; raises Refusal `rate_limited` when none is left."""
        self.check(*key)
        self.taken(key, 1)
        self.tells(key, 1)

    def give_back(self, *key: str) -> None:
        """For a token that was taken before it was known whether it would be needed."""
        self.taken(key, -1)
        self.tells(key, -1)

    def check(self, *key: str) -> None:
        """As `take`, but uses nothing: for limits that count failures only."""
        if self._bucket(key).tokens < 1:
            raise Refusal("rate_limited")

    def taken(self, key: Key, count: int) -> None:
        """`count` of its tokens are gone, here or in another process: never fewer than none, or more than the burst."""
        bucket = self._bucket(key)
        bucket.tokens = max(0, min(self.burst, bucket.tokens - count))

    def _bucket(self, key: Key) -> _Bucket:
        now = self.clock.now()
        bucket = self._buckets.get(key)
        if bucket is None:
            self._forget_full(now)
            bucket = self._buckets[key] = _Bucket(self.burst, now)
        bucket.tokens, bucket.at = self._filled(bucket, now), now
        return bucket

    def _filled(self, bucket: _Bucket, now: int) -> float:
        return min(self.burst, bucket.tokens + max(0, now - bucket.at) * self.per_minute / 60_000)

    def _forget_full(self, now: int) -> None:
        """A full bucket says what a missing one does: memory stays bounded without sparing a busy key."""
        if len(self._buckets) < MAX_KEYS:
            return
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if self._filled(bucket, now) < self.burst}
        if len(self._buckets) >= MAX_KEYS:
            raise Refusal("rate_limited")
