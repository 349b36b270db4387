"""The code that a clinician speaks: the second factor of a link that a patient keeps. Argon2id, by libsodium."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from nacl import pwhash
from nacl.exceptions import InvalidkeyError

from .turns import Turns

T = TypeVar("T")
AT_ONCE, MOST_WAITING = 2, 64
"""Hashes in one process, and how many may wait of one organisation, or of one link."""

LENGTH = 6
FAILURES_BEFORE_LOCK = 5
FAILURES_BEFORE_END = 20
LOCK = 15 * 60 * 1000


class Codes:
    """Hashes are slow and large (64 MiB each) on purpose: in threads of their own, few at once, and in turns, so that
    the people of one organisation wait for each other, and hold up no other's patients. Raises `rate_limited` where
    too many wait already.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "codes")
        self._turns = Turns(AT_ONCE, MOST_WAITING)

    async def hash(self, organisation: str, code: str) -> str:
        hashed = await self._run(
            organisation, pwhash.argon2id.str, code.encode(), pwhash.argon2id.OPSLIMIT_INTERACTIVE,
            pwhash.argon2id.MEMLIMIT_INTERACTIVE,
        )  # fmt: skip
        return hashed.decode()

    async def is_right(self, link: str, hashed: str, said: str) -> bool:
        """`link`: by which the code is said; each has its own turn."""
        return await self._run(link, _is_code, hashed.encode(), said.encode())

    async def _run(self, whose: str, work: Callable[..., T], *arguments: Any) -> T:
        async with self._turns.of(whose):
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

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
