"""What a backup says of itself, written last: a folder without it is no backup."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from ..config import ConfigError

NAME = "backup.json"
FORMAT = 1


class Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table's file: how many rows, and the SHA-256 of its bytes in hexadecimal."""

    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`schema`: the migration that the database stood at; `log` and `size`: the log of releases, and its entries."""

    format: int
    schema: str
    at: int
    log: str
    size: int
    tables: dict[str, Stored]
    images: int


def write(folder: Path, manifest: Manifest) -> None:
    (folder / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def read(folder: Path) -> Manifest:
    """Raises ConfigError for what is no whole backup."""
    try:
        manifest = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{folder} holds no whole backup") from error
    if manifest.format != FORMAT:
        raise ConfigError(f"{folder} is a backup of another form ({manifest.format}) than this release reads")
    for name, stored in manifest.tables.items():
        if _sha256(table_file(folder, name)) != stored.sha256:
            raise ConfigError(f"{folder}: the file of {name} is not the one that was written")
    return manifest


def table_file(folder: Path, table: str) -> Path:
    return folder / "tables" / f"{table}.jsonl"


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
