"""Whether the database has what this release needs. Over an older schema most requests go well, some never would."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from .config import ConfigError
from .database import Database

SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def newest() -> str:
    """The number of this release's last migration; without Alembic, which takes long to load."""
    return max(script.name.partition("_")[0] for script in (SCRIPTS / "versions").glob("[0-9]*.py"))


async def check_schema(database: Database) -> None:
    """Raises ConfigError where the database is behind. A later schema only adds to this one: while a release is being
    replaced, a process of the old one that is started again still serves.
    """
    found = await _found(database)
    if found < newest():
        raise ConfigError(f"database_url: the schema is {found}, this release's is {newest()}. Run `inscope migrate`.")


async def require_this_schema(database: Database) -> None:
    """Raises ConfigError for a database of another release: what this one does not know would be left out."""
    found = await _found(database)
    if found < newest():
        remedy = "back up with that release, or run `inscope migrate` first"
        raise ConfigError(f"database_url: this database is of an older release ({found})", remedy)
    if found > newest():
        raise ConfigError(f"database_url: this database is of a later release ({found})", "back up with that release")


async def _found(database: Database) -> str:
    async with database.read() as tx:
        row = await tx.first(text("SELECT version_num FROM alembic_version"))
    return "" if row is None else str(row.version_num)
