"""The code that a clinician speaks: the second factor of a link that a patient keeps. Argon2id, by libsodium."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from nacl import pwhash
from nacl.exceptions import InvalidkeyError

from ..errors import Refusal

T = TypeVar("T")
AT_ONCE, MOST_WAITING = 2, 64
"""Of hashes, in one process."""

LENGTH = 6
FAILURES_BEFORE_LOCK = 5
FAILURES_BEFORE_END = 20
LOCK = 15 * 60 * 1000


class Codes:
    """Hashes are slow and large (64 MiB each) on purpose: in threads of their own, few at once, so that whoever asks
    for many makes only others who ask for some wait. Raises `rate_limited` where too many wait already.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "codes")
        self._under_way = 0

    async def hash(self, code: str) -> str:
        hashed = await self._run(
            pwhash.argon2id.str, code.encode(), pwhash.argon2id.OPSLIMIT_INTERACTIVE,
            pwhash.argon2id.MEMLIMIT_INTERACTIVE,
        )  # fmt: skip
        return hashed.decode()

    async def is_right(self, hashed: str, said: str) -> bool:
        return await self._run(_is_code, hashed.encode(), said.encode())

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        if self._under_way >= AT_ONCE + MOST_WAITING:
            raise Refusal("rate_limited")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._under_way -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _is_code(hashed: bytes, said: bytes) -> bool:
    try:
        return bool(pwhash.verify(hashed, said))
    except InvalidkeyError:
        return False


def spelled(text: str) -> str:
    """As it may be typed: digits in groups, Arabic-Indic digits."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())[: LENGTH + 1]


def locked_until(failures: int, now: int) -> int:
    return now + LOCK if failures % FAILURES_BEFORE_LOCK == 0 else 0
