"""What is wrong with a setting, in words for who wrote it: the key, and what is to stand there instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

AT = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`\Z")
FIELD = re.compile(r"Object (contains unknown|missing required) field `([^`]*)`")
KINDS = {int: "a whole number", float: "a number", bool: "true or false, without quotes", str: "text in quotes"}


def in_words(error: msgspec.ValidationError, shape: type[msgspec.Struct]) -> str:
    """msgspec names its own types and patterns; this says what `shape` has there, and which key was meant."""
    at, field = AT.search(str(error)), FIELD.match(str(error))
    names = re.findall(r"\w+|\[\.\.\.\]", at["path"]) if at else []
    if field:
        return _named(field[1], field[2], _kind_at(shape, names))
    last = names[-1] if names and names[-1] != "[...]" else ".".join(names)
    kind = _kind_at(shape, names)
    return f"`{last}` must be {_described(kind, keys_too=bool(at and at['key']))}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A question of which was meant, or nothing where none is like it."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f"`{near[0]}`?" if near else ""


def _named(how: str, name: str, kind: Any) -> str:
    if how == "missing required":
        return f"`{name}` is missing, and has no default"
    meant = nearest(name, kind.__struct_fields__)
    return f"`{name}` is no key" + (f": {meant}" if meant else "")


def _kind_at(shape: Any, names: list[str]) -> Any:
    """The type at a path of msgspec's, which may lead through tables of tables."""
    for name in names:
        shape = _bare(shape)
        shape = get_args(shape)[1] if name == "[...]" else get_type_hints(shape, include_extras=True)[name]
    return _bare(shape) if isinstance(_bare(shape), type) and issubclass(_bare(shape), msgspec.Struct) else shape


def _described(kind: Any, *, keys_too: bool) -> str:
    said = [meta.description for meta in metas_of(kind) if meta.description]
    if said and (keys_too or get_origin(_bare(kind)) is not dict):
        return " or ".join(said)
    bare = _bare(kind)
    if get_origin(bare) is Literal:
        return "one of " + ", ".join(_written(value) for value in get_args(bare))
    return KINDS.get(bare, "a table") + _bounds(kind)


def _bounds(kind: Any) -> str:
    for meta in metas_of(kind):
        if meta.ge is not None and meta.le is not None:
            return f" from {meta.ge} to {meta.le}"
    return ""


def _written(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def metas_of(kind: Any) -> list[msgspec.Meta]:
    """Those of a type and of what it is made of: `dict[Annotated[str, …], int]`."""
    if isinstance(kind, msgspec.Meta):
        return [kind]
    return [meta for part in get_args(kind) for meta in metas_of(part)]
