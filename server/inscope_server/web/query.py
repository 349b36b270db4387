"""Whole numbers in a query (SPEC S1.6)."""

from __future__ import annotations

from aiohttp import web

from ..errors import Refusal


def number(request: web.Request, name: str, default: int | None, most: int) -> int:
    """The number `name`; one that is not there is `default`, or refused when that is None. Raises `malformed`."""
    text = request.query.get(name, "" if default is None else str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= most):
        raise Refusal("malformed", f"`{name}` is a whole number up to {most}.")
    return int(text)
