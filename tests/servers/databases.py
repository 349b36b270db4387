"""Fresh databases for tests, copied: tests are many, and migrating takes a while."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

import pytest


class NewDatabase(Protocol):
    """Gives the URL of a database of a kind, `sqlite` in `folder` or `postgresql`, like that of the URL `like`."""

    def __call__(self, kind: str, folder: Path, like: str = "") -> str: ...


def copied(request: pytest.FixtureRequest, kind: str, folder: Path, like: str = "") -> str:
    """A `NewDatabase`: with this release's schema and nothing else, unless it is told what to be like."""
    if kind == "sqlite":
        template = like.partition("///")[2] or request.getfixturevalue("sqlite_template")
        shutil.copy(template, folder / "inscope.sqlite3")
        return f"sqlite+aiosqlite:///{folder}/inscope.sqlite3"
    template = like or request.getfixturevalue("postgres_template")
    return str(request.getfixturevalue("postgres").url(template))
