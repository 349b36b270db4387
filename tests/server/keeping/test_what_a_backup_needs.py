"""`inscope backup` says which keys a restore needs that are not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from inscope_server import cli
from world.running import POLICIES, SHEETS


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "inscope.toml"
    file.write_text(f'data_dir = "{tmp_path}/data"\nsheets_dir = "{SHEETS}"\npolicies_dir = "{POLICIES}"\n', "utf-8")
    cli.main(["--config", str(file), "migrate"])
    return file


def told(settings: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    cli.main(["--config", str(settings), "backup", str(folder)])
    return capsys.readouterr().out


def test_keys_that_lie_here_are_named(settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = told(settings, tmp_path / "backup", capsys)
    assert f"It needs {tmp_path}/data/log_key and {tmp_path}/data/authority_key beside it" in said


def test_so_are_those_of_an_authority_elsewhere(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSCOPE_AUTHORITY_URL", "http://127.0.0.1:8440")
    said = told(settings, tmp_path / "backup", capsys)
    assert f"It needs {tmp_path}/data/log_key and the consent authority's key and memory beside it" in said
