"""Consents over HTTP (API.md, "Consent and images")."""

from __future__ import annotations

from typing import Literal

import msgspec
from aiohttp import web

from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import ConsentId, ThreadId

from ..web.answers import answer
from ..web.bodies import read_body
from ..web.described import SIGNED, Signed
from ..web.path import identifier
from ..web.route import CALLER, Route
from . import responses
from .service import Consents


class MineQuery(msgspec.Struct, forbid_unknown_fields=True):
    """The listing has no other kind."""

    mine: Literal["1"] = "1"


class RecordBody(msgspec.Struct, forbid_unknown_fields=True):
    consent: Signed
    thread: ThreadId | None = None


def routes(consents: Consents) -> list[Route]:
    async def record(request: web.Request) -> web.Response:
        body = await read_body(request, RecordBody)
        return answer(await consents.record(request[CALLER], parse_envelope(body.consent), body.thread))

    async def read(request: web.Request) -> web.Response:
        consent = identifier(request, "consent", ConsentId)
        return answer({"versions": await consents.read(request[CALLER], consent)})

    async def mine(request: web.Request) -> web.Response:
        return answer({"consents": await consents.of_caller(request[CALLER])})

    return [
        Route(
            "POST",
            "/api/consents",
            record,
            body=RecordBody,
            answers={200: responses.Recorded},
            refuses=(
                *SIGNED,
                "not_found",
                "consent_conflict",
                "consent_not_yours",
                "policy_mismatch",
                "answer_mismatch",
                "sheet_unknown",
                "witness_unknown",
                "patient_said_no",
                "emergency_again",
                "device_revoked",
            ),
        ),
        Route("GET", "/api/consents", mine, query=MineQuery, answers={200: responses.Newest}),
        Route("GET", "/api/consents/{consent}", read, answers={200: responses.Versions}),
    ]
