"""A log on each kind of database, without the rest of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inscope_server.database import Database
from server.audit.ledger import Ledger


@pytest.fixture
async def ledger(database_url: str, tmp_path: Path) -> AsyncIterator[Ledger]:
    database = Database(database_url)
    yield Ledger(database, tmp_path)
    await database.close()
