"""The log's heads and proofs over HTTP (API.md, "The log"). Hashes tell nothing of what was logged."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from inscope_protocol.encoding import MAX_INTEGER, encode_base64url

from ..web.answers import answer
from ..web.query import number
from ..web.route import Route
from .service import Audit


def routes(audit: Audit) -> list[Route]:
    async def head(_: web.Request) -> web.Response:
        return answer({"head": await audit.head()})

    async def consistency(request: web.Request) -> web.Response:
        first, second = number(request, "from", None, MAX_INTEGER), number(request, "to", None, MAX_INTEGER)
        return answer(_proof(await audit.consistency(first, second)))

    async def inclusion(request: web.Request) -> web.Response:
        index, size = number(request, "index", None, MAX_INTEGER), number(request, "size", None, MAX_INTEGER)
        return answer(_proof(await audit.inclusion(index, size)))

    return [
        Route("GET", "/api/log/head", head, "device"),
        Route("GET", "/api/log/consistency", consistency, "device", query=("from", "to")),
        Route("GET", "/api/log/inclusion", inclusion, "device", query=("index", "size")),
    ]


def _proof(hashes: list[bytes]) -> dict[str, Any]:
    return {"proof": [encode_base64url(one) for one in hashes]}
