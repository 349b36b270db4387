"""The code that a clinician speaks: the second factor of a link that a patient keeps. Argon2id, by libsodium."""

from __future__ import annotations

import asyncio

from nacl import pwhash
from nacl.exceptions import InvalidkeyError

LENGTH = 6
FAILURES_BEFORE_LOCK = 5
FAILURES_BEFORE_END = 20
LOCK = 15 * 60 * 1000


async def hash_code(code: str) -> str:
    """In a thread: the hash is slow on purpose."""
    hashed = await asyncio.to_thread(
        pwhash.argon2id.str, code.encode(), pwhash.argon2id.OPSLIMIT_INTERACTIVE, pwhash.argon2id.MEMLIMIT_INTERACTIVE
    )
    return hashed.decode()


async def is_code(hashed: str, said: str) -> bool:
    def compare() -> bool:
        try:
            return bool(pwhash.verify(hashed.encode(), said.encode()))
        except InvalidkeyError:
            return False

    return await asyncio.to_thread(compare)


def spelled(text: str) -> str:
    """As it may be typed: digits in groups, Arabic-Indic digits."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())[: LENGTH + 1]


def locked_until(failures: int, now: int) -> int:
    return now + LOCK if failures % FAILURES_BEFORE_LOCK == 0 else 0
