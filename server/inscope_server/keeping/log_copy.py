"""The log's copy: a file elsewhere that has each entry before what it tells is acknowledged.

Only ever added to, by one process at a time (the file is locked); every process of a server adds whatever is missing,
so it does not matter which of them. Each machine may have a file of its own: each is whole. Nothing is added to a file
that is not the copy of this log, as the database has it (belonging.py): it could not be replayed.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..accounts.service import Accounts
from ..audit.service import Audit
from ..config import ConfigError
from ..consent.service import Consents
from ..database import Database, Transaction
from .belonging import Belonging, End
from .copied import Copied, line_of

REMEDY = "a file that this user may write, on another disk or machine"


@dataclass(frozen=True)
class Known:
    """How the file ended when this process last wrote it, and how many bytes it had."""

    end: End
    bytes: int


class LogCopy:
    def __init__(self, path: Path, database: Database, audit: Audit, consents: Consents, accounts: Accounts) -> None:
        self.path, self.database, self.audit = path, database, audit
        self.consents, self.accounts = consents, accounts
        self.belonging, self._alone = Belonging(path, audit), asyncio.Lock()
        self._known: Known | None = None

    async def start(self) -> None:
        """As `follow`; raises ConfigError also where the file cannot be written."""
        try:
            await self.follow()
        except OSError as error:
            raise ConfigError(f"log_copy_file: {self.path}: {error.strerror}", REMEDY) from error

    async def follow(self, upto: int | None = None) -> None:
        """Returns once the file has all entries, or those up to `upto`.

        Raises OSError, and ConfigError where the file is not the copy of this log as the database has it.
        """
        if not self._reaches(upto):
            async with self._alone:
                if not self._reaches(upto):
                    await self._add_missing()

    def _reaches(self, upto: int | None) -> bool:
        return upto is not None and self._known is not None and upto <= self._known.end.seq

    async def _add_missing(self) -> None:
        known, self._known = self._known, None
        with await asyncio.to_thread(self._open) as file:
            end = await asyncio.to_thread(self._end, file, known)
            async with self.database.read() as tx:
                if end is None:
                    await asyncio.to_thread(_write, file, [line_of(self.belonging.own)])
                    end = End(0)
                await self.belonging.compare(tx, end)
                async for rows in self.audit.after(tx, end.seq):
                    lines = [line_of(await self._copied(tx, row.body)) for row in rows]
                    await asyncio.to_thread(_write, file, lines)
                    end = End(rows[-1].seq, rows[-1].body)
            self._known = Known(end, file.seek(0, os.SEEK_END))

    def _end(self, file: IO[bytes], known: Known | None) -> End | None:
        """Where nobody has written since this process did, it is known."""
        self.belonging.first(file)
        if known is not None and file.seek(0, os.SEEK_END) == known.bytes:
            return known.end
        return self.belonging.end(file, file.truncate)

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


def _write(file: IO[bytes], lines: list[bytes]) -> None:
    file.seek(0, os.SEEK_END)
    file.writelines(lines)
    file.flush()
    os.fsync(file.fileno())
