"""A folder as the record: one folder for each filing, with a document to read, the image, and all that proves it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any, Literal

import msgspec

from inscope_protocol.statements import envelope_object

from .document import write_document
from .journal import sync_folder
from .settings import Settings
from .verification import Verified

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class FolderTarget:
    """Implements target.Target. A folder appears under its name only when everything in it is on the disk."""

    kind: Literal["folder"] = "folder"

    def __init__(self, settings: Settings) -> None:
        self.settings, self.folder = settings, Path(settings.folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def find(self, filing: str, statement: str) -> str | None:
        try:
            held = json.loads((self.folder / filing / "record.json").read_bytes())
        except FileNotFoundError:
            return None
        return filing if held["statement_hash"] == statement else None

    async def write(self, filed: Verified) -> str:
        return await asyncio.to_thread(self._write, filed)

    def _write(self, filed: Verified) -> str:
        name = filed.filing.filing
        beside = self.folder / f".{name}.part"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(mode=0o700)
        _put(beside / "document.pdf", write_document(filed, self.settings))
        _put(beside / f"image.{ENDINGS[filed.document.picture.media_type]}", filed.image)
        _put(beside / "record.json", json.dumps(as_data(filed), ensure_ascii=False, indent=2).encode())
        sync_folder(beside)
        beside.rename(self.folder / name)
        sync_folder(self.folder)
        return name


def as_data(filed: Verified) -> dict[str, Any]:
    """All of it but the image and its key, which opens nothing any more and is nobody's to have."""
    document = msgspec.to_builtins(filed.document)
    del document["image_key"]
    return {
        "filing": envelope_object(filed.envelope),
        "statement_hash": filed.statement,
        "filed_by": filed.trust.name(filed.filing.person),
        "shared_by": filed.trust.name(filed.disclosure.person),
        "patient": filed.record,
        **document,
        "advice": [{**one, "name": filed.trust.name(one["person"])} for one in document["advice"]],
    }


def _put(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
