"""What this gateway has acknowledged: a receipt is on the disk before it is sent, and is said again after a crash."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    """One file for each filing, replaced whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "receipts"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.authority_path = folder / "authority.json"

    def receipt(self, filing: str) -> Any:
        """The signed receipt of a filing, or None."""
        return _read(self.folder / f"{filing}.json")

    def keep(self, filing: str, receipt: Any) -> None:
        _replace(self.folder / f"{filing}.json", receipt)

    def authority(self, told: dict[str, str]) -> dict[str, str]:
        """The consent authority as it was first told: another later is not believed (S12.8)."""
        known: dict[str, str] | None = _read(self.authority_path)
        if known is None:
            _replace(self.authority_path, told)
            return told
        return known


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def _replace(path: Path, value: Any) -> None:
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """A name is on the disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
