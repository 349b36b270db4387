"""Rows of a table as lines of JSON, whatever database they are from: bytes in base64url, all else as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import LargeBinary, Table

from inscope_protocol.encoding import decode_base64url, encode_base64url

from ..tables import metadata

PASSING = {"sessions", "nonces", "patient_visits", "device_links"}
"""What lets somebody in for a while: it is not kept, and people sign in anew with their keys."""


def kept() -> list[Table]:
    """In an order in which they can be filled: what is referred to comes first."""
    return [table for table in metadata.sorted_tables if table.name not in PASSING]


def lines(table: Table, rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    convert = _columns(table, encode_base64url)
    for row in rows:
        yield json.dumps(convert(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def values(table: Table, source: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    convert = _columns(table, decode_base64url)
    names = [column.name for column in table.columns]
    for line in source:
        yield dict(zip(names, convert(json.loads(line)), strict=True))


def _columns(table: Table, change: Callable[[Any], Any]) -> Callable[[Sequence[Any]], list[Any]]:
    binary = [isinstance(column.type, LargeBinary) for column in table.columns]

    def convert(row: Sequence[Any]) -> list[Any]:
        return [
            change(value) if is_bytes and value is not None else value
            for value, is_bytes in zip(row, binary, strict=True)
        ]

    return convert
