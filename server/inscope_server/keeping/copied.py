"""A line of the log's copy: an entry's exact bytes, and the statements without which it cannot be replayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..config import ConfigError


class First(msgspec.Struct, forbid_unknown_fields=True):
    """The first line: whose log this is."""

    log: str
    key: str


class Copied(msgspec.Struct, forbid_unknown_fields=True):
    """`body`: the entry (SPEC S10.4); `statements`: the consent's version or the attestations it tells of."""

    body: str
    statements: list[Any] = []

    @property
    def entry(self) -> dict[str, Any]:
        fields = json.loads(self.body)
        if not isinstance(fields, dict):
            raise TypeError("an entry is an object")
        return fields


_encoder, _first, _copied = msgspec.json.Encoder(), msgspec.json.Decoder(First), msgspec.json.Decoder(Copied)


def line_of(value: First | Copied) -> bytes:
    return _encoder.encode(value) + b"\n"


def seq_of(line: bytes) -> int:
    """0 for the first line of the file."""
    return 0 if line.startswith(b'{"log"') else int(_copied.decode(line).entry["seq"])


def body_of(line: bytes) -> bytes:
    """The entry's exact bytes, of a line that has one."""
    return _copied.decode(line).body.encode()


def read(path: Path) -> tuple[First, Iterator[Copied]]:
    """Raises ConfigError, also later while the lines are read: naming the line that is none."""
    lines = _whole_lines(path)
    try:
        return _first.decode(next(lines)), _entries(path, lines)
    except (StopIteration, msgspec.DecodeError) as error:
        raise ConfigError(f"{path} is no copy of a log") from error


def _entries(path: Path, lines: Iterator[bytes]) -> Iterator[Copied]:
    for number, line in enumerate(lines, start=2):
        try:
            yield _copied.decode(line)
        except msgspec.DecodeError as error:
            raise ConfigError(f"{path}: line {number} is no entry of a log") from error


def _whole_lines(path: Path) -> Iterator[bytes]:
    """A line without its end was being written when its process ended: it was not told to anybody."""
    try:
        with path.open("rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
