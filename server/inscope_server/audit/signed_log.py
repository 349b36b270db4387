"""Whether a database's log is signed already: then a process without that key must not make another in its place."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect

from ..config import ConfigError
from ..database import Database
from . import store

REMEDY = "copy it from another process's machine, or from the backup; if it is lost: inscope log accept-key"


async def require_log_key(path: Path, database: Database) -> None:
    """Raises ConfigError where the key's file is not there, and the log is signed."""
    if _is_there(path):
        return
    await database.reach()
    async with database.read() as tx:
        if await tx.connection.run_sync(_has_log) and await store.signed_by(tx) is not None:
            raise ConfigError(f"log_key_file: {path} is not there, and this database's log is signed with it", REMEDY)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise ConfigError(f"log_key_file: {path}: {error.strerror}", "run as the service's user") from error


def _has_log(connection: Connection) -> bool:
    """Not where nothing was migrated yet, nor before logs had keys."""
    found = inspect(connection)
    return found.has_table("audit_head") and {"log", "key"} <= {
        column["name"] for column in found.get_columns("audit_head")
    }
