"""Filing over HTTP: for clinicians' devices, and for gateways (API.md, "Filing")."""

from __future__ import annotations

import msgspec
from aiohttp import web

from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import BLOB_PART_BYTES, FilingId

from ..authority.contract import Authority
from ..web.answers import answer
from ..web.bodies import read_body
from ..web.described import OCTETS, SIGNED, Empty, Signed
from ..web.intake import read_whole
from ..web.path import identifier, place
from ..web.ranges import answer_stretch
from ..web.route import CALLER, Route
from . import responses
from .packages import Packages
from .service import Filings


class FilingBody(msgspec.Struct, forbid_unknown_fields=True):
    filing: Signed


class RequestBody(msgspec.Struct, forbid_unknown_fields=True):
    request: Signed


class ReceiptBody(msgspec.Struct, forbid_unknown_fields=True):
    receipt: Signed


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
        await read_body(request, Empty)
        await filings.send(request[CALLER], identifier(request, "filing", FilingId))
        return answer({})

    async def state(request: web.Request) -> web.Response:
        return answer(await filings.state(request[CALLER], identifier(request, "filing", FilingId)))

    return [
        Route("GET", "/api/gateways", gateways, answers={200: responses.Gateways}),
        Route(
            "POST",
            "/api/filings",
            begin,
            body=FilingBody,
            answers={200: responses.Begun},
            refuses=(
                *SIGNED,
                "not_found",
                "gateway_missing",
                "denied",
                "filing_under_way",
                "already_filed",
                "disclosure_closed",
                "consent_superseded",
                "statement_mismatch",
            ),
        ),
        Route(
            "PUT",
            "/api/filings/{filing}/parts/{part}",
            put,
            body_limit=BLOB_PART_BYTES,
            body=OCTETS,
            answers={200: responses.Parts},
            refuses=("blob_mismatch", "disclosure_lapsed", "storage_full"),
        ),
        Route(
            "POST",
            "/api/filings/{filing}/send",
            send,
            body=Empty,
            refuses=("blob_incomplete", "blob_mismatch", "denied"),
        ),
        Route("GET", "/api/filings/{filing}", state, answers={200: responses.State}),
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
        Route(
            "POST",
            "/api/gateway/filings",
            waiting,
            "anyone",
            body=RequestBody,
            answers={200: responses.Waiting},
            refuses=(*SIGNED, "stale_statement", "not_signed_in", "not_found", "rate_limited"),
        ),
        Route(
            "POST",
            "/api/gateway/package",
            package,
            "anyone",
            body=RequestBody,
            answers={200: OCTETS},
            refuses=(*SIGNED, "stale_statement", "not_signed_in", "not_found", "rate_limited", "denied"),
        ),
        Route(
            "POST",
            "/api/gateway/receipts",
            receipt,
            "anyone",
            body=ReceiptBody,
            refuses=(*SIGNED, "not_signed_in", "not_found", "rate_limited", "statement_mismatch"),
        ),
    ]
