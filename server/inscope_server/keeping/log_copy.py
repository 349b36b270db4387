"""The log's copy: a file elsewhere that has each entry before what it tells is acknowledged.

Only ever added to, by one process at a time (the file is locked); every process of a server adds whatever is missing,
so it does not matter which of them. Each machine may have a file of its own: each is whole.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from ..accounts.service import Accounts
from ..audit.service import Audit
from ..config import ConfigError
from ..consent.service import Consents
from ..database import Database, Transaction
from .copied import Copied, First, line_of, seq_of

TAIL = 1024 * 1024


class LogCopy:
    def __init__(self, path: Path, database: Database, audit: Audit, consents: Consents, accounts: Accounts) -> None:
        self.path, self.database, self.audit = path, database, audit
        self.consents, self.accounts = consents, accounts
        self._alone, self._has, self._bytes = asyncio.Lock(), 0, 0

    async def start(self) -> None:
        """As `follow`; raises ConfigError where the file cannot be written."""
        try:
            await self.follow()
        except OSError as error:
            raise ConfigError(f"log_copy_file: {self.path}: {error.strerror}") from error

    async def follow(self, upto: int | None = None) -> None:
        """Returns once the file has all entries, or those up to `upto`. Raises OSError or ConfigError."""
        if upto is not None and upto <= self._has:
            return
        async with self._alone:
            if upto is None or upto > self._has:
                await self._add_missing()

    async def _add_missing(self) -> None:
        with await asyncio.to_thread(self._open) as file:
            last = await asyncio.to_thread(self._last, file)
            async with self.database.read() as tx:
                if last is None:
                    identity = self.audit.identity()
                    await asyncio.to_thread(_write, file, [line_of(First(identity["log"], identity["key"]))])
                async for rows in self.audit.after(tx, last or 0):
                    lines = [line_of(await self._copied(tx, row.body)) for row in rows]
                    await asyncio.to_thread(_write, file, lines)
                    last = rows[-1].seq
            self._has, self._bytes = last or 0, file.seek(0, os.SEEK_END)

    def _last(self, file: IO[bytes]) -> int | None:
        """As `_last_seq`; where nobody has written since this process did, it is known."""
        return self._has if self._has and file.seek(0, os.SEEK_END) == self._bytes else _last_seq(file)

    def _open(self) -> IO[bytes]:
        """Locked until it is closed."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return os.fdopen(descriptor, "r+b")

    async def _copied(self, tx: Transaction, body: bytes) -> Copied:
        entry = json.loads(body)
        statements: list[Any] = []
        if entry["event"] == "consent":
            statements = [(await self.consents.envelopes(tx, entry["consent"]))[entry["version"] - 1]]
        elif entry["event"] == "attestation":
            statements = await self.accounts.attesting.envelopes(tx, entry["person"])
        return Copied(body.decode(), statements)


def _last_seq(file: IO[bytes]) -> int | None:
    """Of the last whole line; None for an empty file. What a process that was killed left half is cut off."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL))
    tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        file.truncate(size - len(tail) + len(whole))
    if not whole:
        if size > TAIL:
            raise ConfigError("log_copy_file: its end is no entry of a log")
        return None
    try:
        return seq_of(whole[whole.rfind(b"\n", 0, -1) + 1 :])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError("log_copy_file: its end is no entry of a log") from error


def _write(file: IO[bytes], lines: list[bytes]) -> None:
    file.seek(0, os.SEEK_END)
    file.writelines(lines)
    file.flush()
    os.fsync(file.fileno())
