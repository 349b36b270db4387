"""Queries: only the names that a route knows, each once; whole numbers (SPEC S1.6)."""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

from ..errors import Refusal


def check_query(request: web.Request, known: Collection[str]) -> None:
    """Raises `malformed`, naming the parameter, for one that is not among the known, and for one given twice."""
    seen = set[str]()
    for name, _ in request.query.items():
        if name not in known:
            raise Refusal("malformed", f"`{name[:40]}` is no parameter of this address.")
        if name in seen:
            raise Refusal("malformed", f"`{name}` is given twice.")
        seen.add(name)


def number(request: web.Request, name: str, default: int | None, most: int) -> int:
    """The number `name`; one that is not there is `default`, or refused when that is None. Raises `malformed`."""
    text = request.query.get(name, "" if default is None else str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= most):
        raise Refusal("malformed", f"`{name}` is a whole number up to {most}.")
    return int(text)
