"""The one place that opens the database: engine, transactions, locks and what runs after a commit.

SQLite (WAL, synchronous=FULL) by default, PostgreSQL by a URL. A write transaction takes SQLite's write lock at its
start, so that a decision made inside it cannot be overtaken; on PostgreSQL rows are locked with `FOR UPDATE`.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import MetaData, bindparam, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from .database_trouble import check_url, reach
from .observing.instruments import BEGUN_ANEW, TRANSACTIONS
from .observing.spans import part
from .sqlite_connection import opening

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Effect = Callable[[], Awaitable[None]]
T = TypeVar("T")
ATTEMPTS = 4
MOST_NAMED = 1000  # PostgreSQL's protocol has no room for more than 32,767 parameters in a statement.
LOST_TO_ANOTHER = ("40001", "40P01", "23505")  # PostgreSQL: serialization_failure, deadlock_detected, unique_violation

log = logging.getLogger("inscope")


class BeginAnew(Exception):
    """Raised inside `Database.run`: what this transaction would have to lock showed itself too late."""


def portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at a time as a statement may name."""
    for start in range(0, len(values), MOST_NAMED):
        yield values[start : start + MOST_NAMED]


class Transaction:
    """A database connection inside a transaction, and the effects to run once it has committed.

    A statement that runs for each image, message or request is made once, with `bindparam` for what changes: to make it
    anew takes as long as to run it.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.effects: list[Effect] = []
        self.destroys = False  # Set by who destroys a secret: what the database keeps of it goes after the commit.

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        return await self.connection.execute(statement, parameters)

    async def all(self, statement: Any, parameters: Any = None) -> list[Any]:
        return list((await self.connection.execute(statement, parameters)).all())

    async def all_in(self, statement: Any, column: Any, values: Collection[str]) -> list[Any]:
        """The rows whose `column` is one of any number of values, in the order of the values and then the statement's.

        `FOR UPDATE` in the statement locks in that order too.
        """
        rows = []
        for some in portions(sorted(set(values))):
            rows += await self.all(_among(statement, column), {"among": some})
        return rows

    async def hold(self, statement: Any, column: Any, values: Collection[str]) -> None:
        """Locks rows as `all_in` does, for a statement that is run for its lock alone. SQLite's one writer has it."""
        if self.connection.dialect.name != "sqlite":
            await self.all_in(statement, column, values)

    async def first(self, statement: Any, parameters: Any = None) -> Any:
        return (await self.connection.execute(statement, parameters)).first()

    def after_commit(self, effect: Effect) -> None:
        """Only what has committed is ever told to anybody."""
        self.effects.append(effect)


@lru_cache(maxsize=128)
def _among(statement: Any, column: Any) -> Any:
    return statement.where(column.in_(bindparam("among", expanding=True)))


class Database:
    """`write()` and `read()` open transactions; `url` is a SQLAlchemy async URL. Raises ConfigError for another one."""

    def __init__(self, url: str) -> None:
        check_url(url)
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        # One writer at a time is SQLite's rule; waiting here is fairer than polling its busy handler.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        self.destroyed = 0  # How many transactions of this process destroyed a secret.
        self._remains = self.is_sqlite  # Of what was destroyed, perhaps also by a process that was killed.

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        with TRANSACTIONS.time(), part("database write"):
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
        if transaction.destroys:
            self.destroyed += 1
            self._remains = self.is_sqlite
            await self.shred()
        for effect in transaction.effects:
            await _tell(effect)

    async def shred(self) -> None:
        """Empties SQLite's write-ahead log, in which pages stay as they were before a secret on them was destroyed.

        Does nothing unless something was, and nothing yet while a reader still needs those pages: then it is left to
        the next time. (In the database file itself `secure_delete` overwrites.)
        """
        if self._remains and self._writer is not None:
            try:
                async with self._writer:
                    self._remains = not await asyncio.to_thread(_empty_wal, str(make_url(self.url).database))
            except sqlite3.Error as error:
                log.error("the write-ahead log was not emptied: %s", type(error).__name__)

    async def run(self, body: Callable[[Transaction], Awaitable[T]]) -> T:
        """The answer of `body`, run in a write transaction; from the start again if another transaction won."""
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                async with self.write() as transaction:
                    answer = await body(transaction)
                return answer
            except BeginAnew:
                if not attempts_left:
                    raise
            except DBAPIError as error:
                if not attempts_left or getattr(error.orig, "sqlstate", "") not in LOST_TO_ANOTHER:
                    raise
            BEGUN_ANEW.inc()
        raise AssertionError("the last attempt answers or raises")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        with part("database read"):
            async with self.engine.connect() as connection:
                await connection.begin()  # Closing rolls back, which is one thing less to do than to commit first.
                yield Transaction(connection)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """As `read`, and everything that is read is as of one instant."""
        async with self.engine.connect() as connection:
            if not self.is_sqlite:  # SQLite's readers have it so always.
                await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield Transaction(connection)

    async def reach(self) -> None:
        """Returns once it has answered; raises ConfigError with what is wrong."""
        await reach(self.engine)

    async def close(self) -> None:
        await self.engine.dispose()


async def _tell(effect: Effect) -> None:
    """What has committed stands, whether or not the devices could be told: they catch up by the log."""
    try:
        await effect()
    except Exception:
        log.exception("an effect of a committed transaction failed")


def _empty_wal(path: str) -> bool:
    """Whether it is empty now. Waits for readers a twentieth of a second, since writers wait meanwhile."""
    with closing(sqlite3.connect(path, timeout=0.05)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _postgresql_engine(url: str) -> AsyncEngine:
    return create_async_engine(url, pool_size=10, max_overflow=10, hide_parameters=True)


def _sqlite_engine(url: str) -> AsyncEngine:
    connecting = opening(make_url(url), isolation_level=None, timeout=30)
    engine = create_async_engine(url, async_creator=connecting, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        write = connection.get_execution_options().get("inscope_write")
        cursor = connection.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        cursor.close()

    return engine
