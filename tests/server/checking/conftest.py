"""An operator with a server that has nothing wrong, on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.checking.checked import Operator


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str], empty_database_url: str) -> Operator:
    return Operator(tmp_path, capsys, empty_database_url)
