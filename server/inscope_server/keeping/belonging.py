"""Whether a file is the copy of this very log. That it is not would else be found out in a disaster."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from ..audit.service import Audit
from ..config import ConfigError
from ..database import Database, Transaction
from .copied import First, body_of, line_of, seq_of

TAIL = 1024 * 1024


@dataclass(frozen=True)
class End:
    """The last whole line: the number of its entry and that entry's bytes. 0, and nothing, for the first line."""

    seq: int
    body: bytes = b""


class Belonging:
    """Of the file at `path` to the log of `audit`. Each act raises ConfigError where it is not, with what to do."""

    def __init__(self, path: Path, audit: Audit) -> None:
        self.path, self.audit, self.own = path, audit, First(**audit.identity())

    async def look(self, database: Database) -> None:
        """At the whole of it, where there is one; raises OSError too. Writes nothing."""
        try:
            with self.path.open("rb") as file:
                self.first(file)
                end = self.end(file)
        except FileNotFoundError:
            return
        async with database.read() as tx:
            await self.compare(tx, end or End(0))

    async def compare(self, tx: Transaction, end: End) -> None:
        """With the entry of that number in the database's log."""
        if end.seq and await self.audit.entry(tx, end.seq) != end.body:
            raise self._fault(
                f"has an entry {end.seq} that the database's log has not, or has otherwise: the database was set back, "
                "and what ended since would be open again",
                f"`inscope backup FOLDER`, then into a new one `inscope restore FOLDER --log-copy {self.path}`",
            )

    def first(self, file: IO[bytes]) -> None:
        """An empty file is anybody's; so is a beginning of our first line, left by a process that was killed."""
        file.seek(0)
        line = file.readline(TAIL)
        if line_of(self.own).startswith(line):
            return
        try:
            told = msgspec.json.decode(line, type=First)
        except msgspec.DecodeError as error:
            raise self._fault("is no copy of a log", "name another file") from error
        whose = "of another log" if told.log != self.own.log else "of this log under another key"
        raise self._fault(f"is the copy {whose}", "move it away: the next start writes a whole one")

    def end(self, file: IO[bytes], cut: Callable[[int], object] = lambda size: None) -> End | None:
        """None for an empty file. What a killed process left half is not counted, and `cut` is told where it begins."""
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        if not whole and size > TAIL:
            raise self._fault("does not end with an entry of a log", "name another file")
        if len(whole) < len(tail):
            cut(size - len(tail) + len(whole))
        return self._entry(whole[whole.rfind(b"\n", 0, -1) + 1 :]) if whole else None

    def _entry(self, line: bytes) -> End:
        try:
            seq = seq_of(line)
            return End(seq, body_of(line) if seq else b"")
        except (ValueError, KeyError, TypeError) as error:
            raise self._fault("does not end with an entry of a log", "name another file") from error

    def _fault(self, what: str, remedy: str) -> ConfigError:
        return ConfigError(f"log_copy_file: {self.path} {what}", remedy)
