"""What is wrong with a database, in words for who set it up: by SQLSTATE, by SQLite's code, or by the line to it.

No address is repeated, and nothing of a statement: the one has a password in it, the other may speak of somebody.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from .config import ConfigError

POSTGRESQL, SQLITE = "postgresql+asyncpg", "sqlite+aiosqlite"
EXAMPLE = f"{POSTGRESQL}://USER:PASSWORD@HOST/DATABASE"
ENCODE = "what is in the password besides letters and digits is written in percent: @ as %40, / as %2F, : as %3A"
MIGRATE = "inscope migrate"
SQLSTATES = {
    "28P01": ("the database refuses this user's password", f"the password in database_url; {ENCODE}"),
    "28000": ("the database does not let this user in", "a role that may log in, and a line for it in pg_hba.conf"),
    "3D000": ("there is no database of this name on that server", "CREATE DATABASE, or its right name"),
    "42501": (
        "this user may not do there what is needed",
        "GRANT it; for `inscope authority` config/deployment/reader.sql does",
    ),
    "42P01": ("it has not this release's tables", MIGRATE),
    "42703": ("it has not this release's tables", MIGRATE),
    "25006": ("it takes no writes: a standby?", "the address of the primary"),
    "53100": ("its disk is full", "room on the database's disk"),
    "53300": ("it has no connection left", "more of them (max_connections), or fewer processes: each takes up to 20"),
    "57P03": ("it is starting or stopping", "try again in a moment"),
    "57P01": ("it is stopping", "try again in a moment"),
}
SQLITE_CODES = {
    "SQLITE_CANTOPEN": ("its file cannot be opened", "the folder must be there, and this user's to write"),
    "SQLITE_READONLY": ("its file is not writable for this user", "run as the service's user"),
    "SQLITE_NOTADB": ("its file is no SQLite database", "another file"),
    "SQLITE_CORRUPT": ("its file is damaged", "a restored backup"),
    "SQLITE_FULL": ("its disk is full", "room on that disk"),
    "SQLITE_BUSY": ("another program holds it", "end that first"),
    "SQLITE_IOERR": ("its disk does not read or write", "look at that disk"),
}
LINES = (
    (socket.gaierror, "its host's name is not known", f"the host in database_url; {ENCODE}"),
    (ConnectionRefusedError, "nothing answers at its address", "is it running, and is host and port right?"),
    (ssl.SSLError, "TLS to it fails", "its certificate, and the ssl option in database_url"),
    (TimeoutError, "it does not answer in time", "its address, and what lies between: a firewall?"),
    (TypeError, "database_url has an option that is not known", "asyncpg's options only: ssl=require, not sslmode"),
    (OSError, "the line to it fails", "its address, and whether it speaks TLS if database_url asks for that"),
)
Wrong = (SQLAlchemyError, OSError, TypeError)
"""What a first statement raises where the database is not as it should be."""


def check_url(url: str) -> None:
    """Raises ConfigError for what is no address of a database that this server speaks to."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError("database_url: is not an address", f"{EXAMPLE}; {ENCODE}") from error
    if parts.drivername not in (POSTGRESQL, SQLITE):
        raise ConfigError("database_url: names a database or driver that is not known here", EXAMPLE)
    if parts.drivername == POSTGRESQL and "@" in f"{parts.host}{parts.database}":
        raise ConfigError("database_url: has more than one @", f"{EXAMPLE}; {ENCODE}")


async def reach(engine: AsyncEngine) -> None:
    """Returns once the database has answered. Raises ConfigError with what is wrong, and what puts it right."""
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except Wrong as error:
        raise in_words(error) from error


def in_words(error: BaseException) -> ConfigError:
    if isinstance(error, DBAPIError):
        return _refused(error)
    for kind, message, remedy in LINES:
        if isinstance(error, kind):
            return ConfigError(f"database_url: {message}", remedy)
    return ConfigError(f"database_url: the database does not answer ({type(error).__name__})", "`inscope check`")


def _refused(error: DBAPIError) -> ConfigError:
    known = SQLSTATES.get(_sqlstate(error)) or SQLITE_CODES.get(_sqlite_code(error))
    if known is None and "no such table" in str(error.orig):
        known = SQLSTATES["42P01"]
    message, remedy = known or (f"the database refuses ({_sqlstate(error) or type(error).__name__})", "its own log")
    return ConfigError(f"database_url: {message}", remedy)


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _sqlite_code(error: DBAPIError) -> str:
    """The primary code's name: SQLITE_IOERR of SQLITE_IOERR_READ."""
    said: Any = getattr(error.orig, "sqlite_errorname", None) or ""
    return "_".join(said.split("_")[:2])
