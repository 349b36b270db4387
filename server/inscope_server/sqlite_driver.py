"""SQLite's driver, with one trip to a connection's thread for each statement.

aiosqlite takes four: for a cursor, to execute, to fetch, to close. Each wakes two threads, which costs more than most
statements do.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

import aiosqlite

AT_ONCE = 1_000
"""Rows that come along with the execution; a statement with more is fetched on, as it is asked for."""


class Cursor(aiosqlite.Cursor):
    """Its rows, as far as they came along, and whether there may be more in the database."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, connection._conn.cursor())
        self.rows: list[Any] = []
        self.more = False

    async def execute(self, sql: str, parameters: Any = None) -> Cursor:
        self.rows = await self._execute(self._run, sql, parameters or ())  # type: ignore[no-untyped-call]
        self.more = len(self.rows) == AT_ONCE
        return self

    def _run(self, sql: str, parameters: Any) -> list[Any]:
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchmany(AT_ONCE) if self._cursor.description else []

    async def fetchall(self) -> list[Any]:
        rows, self.rows = self.rows, []
        return [*rows, *await super().fetchall()] if self.more else rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        if not self.rows and self.more:
            return list(await super().fetchmany(size))
        size = size or self.arraysize
        rows, self.rows = self.rows[:size], self.rows[size:]
        return rows

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def close(self) -> None:
        """A statement whose last row came is over in SQLite too."""
        if self.more:
            await super().close()


class Connection(aiosqlite.Connection):
    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)


def connect(path: str, **options: Any) -> Connection:
    """As `aiosqlite.connect`, for SQLAlchemy. Await it."""
    connection = Connection(partial(sqlite3.connect, path, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # As SQLAlchemy has it: what was not closed does not keep a process from ending.
    return connection
