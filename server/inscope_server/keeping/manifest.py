"""What a backup says of itself, written last: a folder without it is no backup."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from ..config import ConfigError
from ..progress import stage

NAME = "backup.json"
FORMAT = 1
IMAGE_NAME = r"\Ablb_[A-Za-z0-9_-]{22}/[A-Za-z0-9_.-]{1,80}\Z"
"""The folder of an image or of a package that is filed, and a piece of it."""


Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""SHA-256 in hexadecimal: never the empty text that stands for a file which is not there."""


class Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table's file: how many rows, and the SHA-256 of its bytes in hexadecimal."""

    rows: int
    sha256: Digest


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`schema`: the migration that the database stood at; `log` and `size`: the log of releases, and its entries;
    `images`: the SHA-256 of each sealed piece, of packages too, by its name in the store.
    """

    format: int
    schema: str
    at: int
    log: str
    size: int
    tables: dict[str, Stored]
    images: dict[Annotated[str, Meta(pattern=IMAGE_NAME)], Digest]


def write(folder: Path, manifest: Manifest) -> None:
    (folder / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def read(folder: Path) -> Manifest:
    """Raises ConfigError for what is no whole backup."""
    try:
        manifest = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise ConfigError(f"{folder} holds no whole backup") from error
    if manifest.format != FORMAT:
        raise ConfigError(f"{folder} is a backup of another form ({manifest.format}) than this release reads")
    with stage("Checking the backup", len(manifest.tables) + len(manifest.images)) as advance:
        for name, stored in manifest.tables.items():
            if _sha256(table_file(folder, name)) != stored.sha256:
                raise ConfigError(f"{folder}: the file of {name} is not the one that was written")
            advance(1)
        for name, digest in manifest.images.items():
            if _sha256(image_file(folder, name)) != digest:
                raise ConfigError(f"{folder}: the sealed image {name} is not there, or not the one that was written")
            advance(1)
    return manifest


def image_file(folder: Path, name: str) -> Path:
    return folder / "images" / name


def table_file(folder: Path, table: str) -> Path:
    return folder / "tables" / f"{table}.jsonl"


def _sha256(path: Path) -> str:
    """Of a file of the backup's own: an empty text for none, and for a link to elsewhere."""
    try:
        if path.is_symlink() or path.parent.is_symlink():
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
