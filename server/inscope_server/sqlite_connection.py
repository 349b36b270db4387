"""A connection to SQLite that goes to its thread once for each statement.

SQLite waits for the disk, so aiosqlite gives each connection a thread of its own. SQLAlchemy asks that thread four
times for one statement: for a cursor, to execute, for the rows, and to close. On a busy core each way there costs more
than a short statement does.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, cast

import aiosqlite
from sqlalchemy import URL
from sqlalchemy.dialects.sqlite.aiosqlite import dialect

FIRST = 512
"""Rows that come along with a statement's answer. Who reads on asks for more, so that a backup needs little memory."""


class Cursor(aiosqlite.Cursor):
    """`rows` came with the answer, and are not read yet; `open`: there may be more."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._conn, self.rows, self.open = connection, list[Any](), False

    def _ask(self, ask: str, sql: str, parameters: Any) -> None:
        """In the connection's thread."""
        self._cursor = self._conn._conn.cursor()
        getattr(self._cursor, ask)(sql, parameters)
        self.rows = self._cursor.fetchmany(FIRST)
        self.open = len(self.rows) == FIRST
        if not self.open:
            self._cursor.close()

    async def _trip(self, ask: str, sql: str, parameters: Any) -> None:
        await self._execute(self._ask, ask, sql, parameters)  # type: ignore[no-untyped-call]

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        await self._trip("execute", sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        await self._trip("executemany", sql, parameters)
        return self

    async def fetchall(self) -> Sequence[Any]:
        rows, self.rows = self.rows, []
        return [*rows, *await super().fetchall()] if self.open else rows

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """No more than `size`; none once all have been read."""
        size = self.arraysize if size is None else size
        rows, self.rows = self.rows[:size], self.rows[size:]
        return rows if rows or not self.open else list(await super().fetchmany(size))

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def close(self) -> None:
        if self.open:
            self.open = False
            await super().close()


class Connection(aiosqlite.Connection):
    async def _connect(self) -> Connection:
        """Where there is no such file, the thread is at its end before that is told: it would speak to a loop that
        its process has closed meanwhile, and fail in the log.
        """
        try:
            return cast(Connection, await super()._connect())
        except sqlite3.Error:
            await asyncio.to_thread(self._thread.join)
            raise

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)


def opening(url: URL, **options: Any) -> partial[Connection]:
    """Makes connections to the database at `url`, for SQLAlchemy's `async_creator`."""
    place, asked = dialect().create_connect_args(url)
    return partial(_open, partial(sqlite3.connect, *place, **asked, **options))


def _open(connect: partial[sqlite3.Connection]) -> Connection:
    connection = Connection(connect, iter_chunk_size=FIRST)
    connection._thread.daemon = True  # As SQLAlchemy has it: a process that ends does not wait for it.
    return connection
