"""Disclosures and blobs over HTTP (API.md, "Consent and images")."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web

from inscope_protocol.types import BlobId, DisclosureId, MessageId, Nonce, ThreadId

from ..threads.api import thread_of
from ..threads.service import Threads
from ..web.answers import answer
from ..web.bodies import read_body, read_bounded
from ..web.described import OCTETS, Empty
from ..web.path import identifier
from ..web.ranges import answer_stretch, stretch
from ..web.route import CALLER, Route
from . import responses
from .downloading import Downloading
from .gate import ImageGate
from .service import Ask, Images, Question

People = Annotated[
    list[Annotated[str, msgspec.Meta(pattern=r"\Aper_[A-Za-z0-9_-]{22}\Z")]], msgspec.Meta(max_length=150)
]


class Opening(msgspec.Struct, forbid_unknown_fields=True):
    nonce: Nonce | None = None


class AddQuestion(msgspec.Struct, forbid_unknown_fields=True):
    add: People


class Report(msgspec.Struct, forbid_unknown_fields=True):
    thread: ThreadId | None
    message: MessageId | None
    code: Annotated[str, msgspec.Meta(pattern=r"\A[a-z_]{1,40}\Z")]


def disclosure_routes(images: Images, gate: ImageGate, threads: Threads) -> list[Route]:
    async def ask(request: web.Request) -> web.Response:
        return answer(await images.ask(request[CALLER], await read_bounded(request, Ask)))

    async def question(request: web.Request) -> web.Response:
        return answer({"decisions": await images.question(request[CALLER], await read_bounded(request, Question))})

    async def open_image(request: web.Request) -> web.Response:
        body = await read_body(request, Opening)
        return answer(await images.open(request[CALLER], identifier(request, "disclosure", DisclosureId), body.nonce))

    async def remove(request: web.Request) -> web.Response:
        await read_body(request, Empty)
        await images.remove(request[CALLER], identifier(request, "disclosure", DisclosureId))
        return answer({})

    async def openings(request: web.Request) -> web.Response:
        disclosure = identifier(request, "disclosure", DisclosureId)
        return answer({"openings": await images.openings(request[CALLER], disclosure)})

    async def add_question(request: web.Request) -> web.Response:
        body, thread = await read_body(request, AddQuestion), thread_of(request)
        async with images.database.read() as tx:
            await threads.require(tx, request[CALLER], thread)
            denials = await gate.denials_of_add(tx, request[CALLER], thread, body.add)
        return answer({"permit": not denials, "denials": denials})

    async def report(request: web.Request) -> web.Response:
        body = await read_body(request, Report)
        await images.report(request[CALLER], body.thread, body.message, body.code)
        return answer({})

    return [
        Route(
            "POST",
            "/api/disclosures",
            ask,
            body=Ask,
            answers={200: responses.Granted},
            refuses=(
                "not_found",
                "denied",
                "consent_superseded",
                "stale_epoch",
                "rate_limited",
                "authority_unavailable",
            ),
        ),
        Route(
            "POST",
            "/api/decisions",
            question,
            body=Question,
            answers={200: responses.Decisions},
            refuses=("not_found", "rate_limited"),
        ),
        Route(
            "POST",
            "/api/disclosures/{disclosure}/open",
            open_image,
            body=Opening,
            answers={200: responses.Opened},
            refuses=("denied", "disclosure_closed", "authority_unavailable", "device_revoked", "rate_limited"),
        ),
        Route("POST", "/api/disclosures/{disclosure}/remove", remove, body=Empty, refuses=("consent_not_yours",)),
        Route("GET", "/api/disclosures/{disclosure}/openings", openings, answers={200: responses.Openings}),
        Route("POST", "/api/threads/{thread}/gate", add_question, body=AddQuestion, answers={200: responses.AddAnswer}),
        Route("POST", "/api/reports", report, body=Report, refuses=("not_found", "rate_limited")),
    ]


def blob_routes(downloading: Downloading) -> list[Route]:
    async def get(request: web.Request) -> web.StreamResponse:
        caller, blob = request[CALLER], identifier(request, "blob", BlobId)
        stored = await downloading.stored(caller, blob)
        etag = f'"{blob}"'
        asked = stretch(request, stored.size, etag)
        data = downloading.read(caller, stored, *(asked or (0, stored.size)))
        return await answer_stretch(request, asked, stored.size, etag, data)

    return [
        Route("GET", "/api/blobs/{blob}", get, answers={200: OCTETS, 206: OCTETS}, refuses=("range_not_satisfiable",))
    ]
