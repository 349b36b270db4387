"""Queries: only the names that a route knows, each once; numbers in digits alone (SPEC S1.6)."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web

from ..errors import Refusal

T = TypeVar("T", bound=msgspec.Struct)
QUERY = web.RequestKey("query", msgspec.Struct)
"""As the guard read it, by its route's row of the table."""


class NoQuery(msgspec.Struct, forbid_unknown_fields=True):
    """An address without a query."""


def query_of(request: web.Request, shape: type[T]) -> T:
    """For handlers: the query that was read, of the `shape` that their route names."""
    found = request[QUERY]
    assert isinstance(found, shape)
    return found


def read_query(request: web.Request, shape: type[T]) -> T:
    """The query as `shape` has it, by its names. Raises `malformed`, naming the parameter."""
    given: dict[str, str] = {}
    for name, text in request.query.items():
        if name not in shape.__struct_encode_fields__:
            raise Refusal("malformed", f"`{name[:40]}` is no parameter of this address.")
        if name in given:
            raise Refusal("malformed", f"`{name}` is given twice.")
        given[name] = text
    try:
        found = msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal("malformed", f"{error}.") from error
    for name, value in msgspec.to_builtins(found).items():
        if name in given and str(value) != given[name]:
            raise Refusal("malformed", f"`{name}` is a number in digits alone.")
    return found
