"""Identifiers in a path: one of another form is as absent as a stranger's."""

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
