"""The one place that opens the database: engine, transactions, locks and what runs after a commit.

SQLite (WAL, synchronous=FULL) by default, PostgreSQL by a URL. A write transaction takes SQLite's write lock at its
start, so that a decision made inside it cannot be overtaken; on PostgreSQL rows are locked with `FOR UPDATE`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import MetaData, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Effect = Callable[[], Awaitable[None]]


class Transaction:
    """A database connection inside a transaction, and the effects to run once it has committed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.effects: list[Effect] = []

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        return await self.connection.execute(statement, parameters)

    async def all(self, statement: Any) -> list[Any]:
        return list((await self.connection.execute(statement)).all())

    async def first(self, statement: Any) -> Any:
        return (await self.connection.execute(statement)).first()

    def after_commit(self, effect: Effect) -> None:
        """Only what has committed is ever told to anybody."""
        self.effects.append(effect)


class Database:
    """`write()` and `read()` open transactions; `url` is a SQLAlchemy async URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url) if self.is_sqlite else create_async_engine(url, pool_size=10, max_overflow=10)
        # One writer at a time is SQLite's rule; waiting here is fairer than polling its busy handler.
        self._writer = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        if self._writer is None:
            async with self.engine.begin() as connection:
                transaction = Transaction(connection)
                yield transaction
        else:
            async with self._writer, self.engine.connect() as connection:
                await connection.execution_options(inscope_write=True)
                async with connection.begin():
                    transaction = Transaction(connection)
                    yield transaction
        for effect in transaction.effects:
            await effect()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        async with self.engine.connect() as connection, connection.begin():
            yield Transaction(connection)

    async def close(self) -> None:
        await self.engine.dispose()


def _sqlite_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"isolation_level": None, "timeout": 30})

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        write = connection.get_execution_options().get("inscope_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
