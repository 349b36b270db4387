"""Identifiers and numbers in a path: one of another form or spelling is as absent as a stranger's."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from ..errors import Refusal


def identifier(request: web.Request, name: str, kind: Any) -> str:
    """What stands at `name`, if it is an identifier of this kind (inscope_protocol.types); else raises `not_found`."""
    try:
        return str(msgspec.convert(request.match_info[name], kind))
    except msgspec.ValidationError as error:
        raise Refusal("not_found") from error


def place(request: web.Request, name: str) -> int:
    """The place below 1,000 that stands at `name`, without sign or leading zero; else raises `not_found`."""
    text = request.match_info[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and text == str(int(text))):
        raise Refusal("not_found")
    return int(text)
