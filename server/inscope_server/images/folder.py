"""Sealed bytes as files in a local folder. Bytes and names are synced: what was put stays through a loss of power."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterable
from pathlib import Path
from typing import BinaryIO


async def put(path: Path, data: bytes | AsyncIterable[bytes]) -> None:
    """A file of that name with all of it, or none. Raises OSError."""
    if isinstance(data, bytes):
        await asyncio.to_thread(_write, path, data)
        return
    file = await asyncio.to_thread(_begin, path)
    try:
        async for piece in data:
            await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(_settle, file, path)
    finally:
        _end(file)


async def get(path: Path, start: int, end: int) -> bytes:
    """The bytes from `start` up to `end`. Raises OSError."""
    return await asyncio.to_thread(_read, path, start, end)


def _write(path: Path, data: bytes) -> None:
    file = _begin(path)
    try:
        file.write(data)
        _settle(file, path)
    finally:
        _end(file)


def _begin(path: Path) -> BinaryIO:
    """Under a name of its own, until it is all there."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        _sync(path.parent.parent)
    return path.with_name(f"new-{secrets.token_hex(8)}").open("xb")


def _settle(file: BinaryIO, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    Path(file.name).rename(path)
    _sync(path.parent)


def _end(file: BinaryIO) -> None:
    """What did not come to its name goes."""
    with contextlib.suppress(OSError):
        file.close()
    with contextlib.suppress(OSError):
        Path(file.name).unlink()


def _sync(folder: Path) -> None:
    """The names in it."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _read(path: Path, start: int, end: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        return os.pread(file.fileno(), end - start, start)
