"""Filing over HTTP: for clinicians' devices, and for gateways (API.md, "Filing")."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import BLOB_PART_BYTES, FilingId

from ..authority.contract import Authority
from ..web.answers import answer
from ..web.bodies import read_body
from ..web.intake import read_whole
from ..web.path import identifier, place
from ..web.ranges import answer_stretch
from ..web.route import CALLER, Route
from .packages import Packages
from .service import Filings


class FilingBody(msgspec.Struct, forbid_unknown_fields=True):
    filing: dict[str, Any]


class RequestBody(msgspec.Struct, forbid_unknown_fields=True):
    request: dict[str, Any]


class ReceiptBody(msgspec.Struct, forbid_unknown_fields=True):
    receipt: dict[str, Any]


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """An empty object."""


def device_routes(filings: Filings, packages: Packages) -> list[Route]:
    async def gateways(request: web.Request) -> web.Response:
        return answer({"gateways": await filings.gateways(request[CALLER])})

    async def begin(request: web.Request) -> web.Response:
        body = await read_body(request, FilingBody)
        return answer(await filings.begin(request[CALLER], parse_envelope(body.filing)))

    async def put(request: web.Request) -> web.Response:
        filing, part = identifier(request, "filing", FilingId), place(request, "part")
        return answer({"parts": await packages.put(request[CALLER], filing, part, await read_whole(request))})

    async def send(request: web.Request) -> web.Response:
        await read_body(request, Nothing)
        await filings.send(request[CALLER], identifier(request, "filing", FilingId))
        return answer({})

    async def state(request: web.Request) -> web.Response:
        return answer(await filings.state(request[CALLER], identifier(request, "filing", FilingId)))

    return [
        Route("GET", "/api/gateways", gateways),
        Route("POST", "/api/filings", begin),
        Route("PUT", "/api/filings/{filing}/parts/{part}", put, body_limit=BLOB_PART_BYTES),
        Route("POST", "/api/filings/{filing}/send", send),
        Route("GET", "/api/filings/{filing}", state),
    ]


def gateway_routes(filings: Filings, packages: Packages, authority: Authority) -> list[Route]:
    """A gateway has no session: what it asks is signed (S12.6)."""

    async def waiting(request: web.Request) -> web.Response:
        body = await read_body(request, RequestBody)
        return answer({**await filings.waiting(body.request), "authority": authority.identity()})

    async def package(request: web.Request) -> web.StreamResponse:
        body = await read_body(request, RequestBody)
        row, parts = await filings.fetch(body.request)
        size = sum(part.size for part in parts)
        return await answer_stretch(request, None, size, f'"{row.filing}"', packages.read(row.package, parts))

    async def receipt(request: web.Request) -> web.Response:
        body = await read_body(request, ReceiptBody)
        await filings.receive(body.receipt)
        return answer({})

    return [
        Route("POST", "/api/gateway/filings", waiting, "anyone"),
        Route("POST", "/api/gateway/package", package, "anyone"),
        Route("POST", "/api/gateway/receipts", receipt, "anyone"),
    ]
