"""The log's heads and proofs over HTTP (API.md, "The log"). Hashes tell nothing of what was logged."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.types import Natural

from ..web.answers import answer
from ..web.query import query_of
from ..web.route import Route
from . import responses
from .service import Audit


class Sizes(msgspec.Struct, forbid_unknown_fields=True):
    first: Natural = msgspec.field(name="from")
    second: Natural = msgspec.field(name="to")


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    index: Natural
    size: Natural


def routes(audit: Audit) -> list[Route]:
    async def head(_: web.Request) -> web.Response:
        return answer({"head": await audit.head()})

    async def consistency(request: web.Request) -> web.Response:
        sizes = query_of(request, Sizes)
        return answer(_proof(await audit.consistency(sizes.first, sizes.second)))

    async def inclusion(request: web.Request) -> web.Response:
        entry = query_of(request, Entry)
        return answer(_proof(await audit.inclusion(entry.index, entry.size)))

    return [
        Route("GET", "/api/log/head", head, "device", answers={200: responses.Head}),
        Route(
            "GET",
            "/api/log/consistency",
            consistency,
            "device",
            query=Sizes,
            answers={200: responses.Proof},
            refuses=("not_found",),
        ),
        Route(
            "GET",
            "/api/log/inclusion",
            inclusion,
            "device",
            query=Entry,
            answers={200: responses.Proof},
            refuses=("not_found",),
        ),
    ]


def _proof(hashes: list[bytes]) -> dict[str, Any]:
    return {"proof": [encode_base64url(one) for one in hashes]}
