"""Strict JSON bodies: UTF-8, no doubled keys, no unknown fields, no coercion (SPEC S1.6)."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from inscope_protocol.types import convert as convert_bounded

from ..errors import Refusal
from .intake import read_whole

MOST_PARTS = 50_000

T = TypeVar("T")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key appears twice")
    return result


def _no_float(text: str) -> Any:
    raise ValueError(f"{text[:20]} is not an integer")


def check_parts(raw: bytes | str) -> None:
    """Raises ValueError for JSON of very many small parts, each of which would become an object in memory."""
    marks: tuple[Any, ...] = (b"[", b"{", b",") if isinstance(raw, bytes) else ("[", "{", ",")
    if sum(raw.count(mark) for mark in marks) > MOST_PARTS:
        raise ValueError("too many parts")


def check_text(data: Any, written: str) -> None:
    """Raises UnicodeEncodeError, a ValueError, where `data`, `written` as JSON, has half a character (a surrogate).

    In a key or a value: that is no text, and nothing can store it or tell it on.
    """
    if "\\ud" in written.lower():
        json.dumps(data, ensure_ascii=False).encode("utf-8")


def parse(raw: bytes | str) -> Any:
    """JSON text to plain data; raises Refusal `malformed` naming what is wrong, never the content."""
    try:
        check_parts(raw)
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        data = json.loads(text, object_pairs_hook=_no_doubles, parse_float=_no_float, parse_constant=_no_float)
        check_text(data, text)
        return data
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Refusal("malformed", f"The body is not JSON as expected: {reason}.") from error


def convert(data: Any, shape: type[T]) -> T:
    """Plain data to a msgspec struct; raises Refusal `malformed` with the path of the field."""
    try:
        return msgspec.convert(data, shape, strict=True)
    except msgspec.ValidationError as error:
        raise Refusal("malformed", f"{error}.") from error


async def read_bounded(request: web.Request, shape: type[T]) -> T:
    """As `read_body`, within the bounds of what is signed (SPEC S1.6): no list holds an entry twice, and so on."""
    if request.content_type != "application/json":
        raise Refusal("malformed", "The body must be application/json.")
    return convert_bounded(parse(await read_whole(request)), shape)


async def read_body(request: web.Request, shape: type[T]) -> T:
    if request.content_type != "application/json":
        raise Refusal("malformed", "The body must be application/json.")
    return convert(parse(await read_whole(request)), shape)
