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
    async with database.read() as tx:
        row = await tx.first(text("SELECT version_num FROM alembic_version"))
    found = "not there" if row is None else row.version_num
    if row is None or found < newest():
        raise ConfigError(f"database_url: the schema is {found}, this release's is {newest()}. Run `inscope migrate`.")
