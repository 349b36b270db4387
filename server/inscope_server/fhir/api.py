"""FHIR over HTTP (API.md, "FHIR")."""

from __future__ import annotations

import msgspec
from aiohttp import web

from inscope_protocol.types import ConsentId

from ..errors import Refusal
from ..web.answers import answer
from ..web.bodies import parse
from ..web.intake import read_whole
from ..web.path import identifier
from ..web.query import query_of
from ..web.route import CALLER, Route
from . import responses
from .codes import Release
from .service import Fhir

MEDIA_TYPE = "application/fhir+json"
LARGEST = 256 * 1024


class ExportQuery(msgspec.Struct, forbid_unknown_fields=True):
    release: Release = "R5"


def routes(fhir: Fhir) -> list[Route]:
    async def export(request: web.Request) -> web.Response:
        consent, release = identifier(request, "consent", ConsentId), query_of(request, ExportQuery).release
        response = answer(await fhir.export(request[CALLER], consent, release))
        response.content_type = MEDIA_TYPE
        return response

    async def read(request: web.Request) -> web.Response:
        if request.content_type not in (MEDIA_TYPE, "application/json"):
            raise Refusal("malformed", f"The body must be {MEDIA_TYPE}.")
        return answer(await fhir.read(request[CALLER], parse(await read_whole(request))))

    return [
        Route(
            "GET",
            "/api/consents/{consent}/fhir",
            export,
            query=ExportQuery,
            answers={200: responses.BUNDLE},
            refuses=("rate_limited",),
        ),
        Route(
            "POST",
            "/api/fhir/consents",
            read,
            body_limit=LARGEST,
            body=responses.RESOURCE,
            answers={200: responses.Draft},
            refuses=("fhir_refused", "rate_limited"),
        ),
    ]
