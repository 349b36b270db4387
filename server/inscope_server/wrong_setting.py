"""What is wrong with a setting, in words for who wrote it: the key, and what is to stand there instead."""

from __future__ import annotations

import re
from typing import Any, get_args, get_type_hints

import msgspec

AT = re.compile(r"matching regex .* - at (?:`key` in )?`\$\.(\w+)")


def in_words(error: msgspec.ValidationError, shape: type[msgspec.Struct]) -> str:
    """msgspec's sentence; where that would quote a pattern, what the field of `shape` says of itself instead."""
    found = AT.search(str(error))
    if found is None:
        return str(error)
    meant = [meta.description for meta in _metas(get_type_hints(shape, include_extras=True)[found[1]])]
    return f"`{found[1]}` must be {' or '.join(filter(None, meant))}"


def _metas(kind: Any) -> list[msgspec.Meta]:
    """Those of a type and of what it is made of: `dict[Annotated[str, …], int]`."""
    if isinstance(kind, msgspec.Meta):
        return [kind]
    return [meta for part in get_args(kind) for meta in _metas(part)]
