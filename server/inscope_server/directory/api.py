"""The HTTP edge of the directory (API.md, Directory)."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.types import DeviceId, PersonId

from ..errors import Refusal
from ..web.answers import answer
from ..web.bodies import read_body
from ..web.query import query_of
from ..web.route import CALLER, Route
from . import responses
from .service import Directory

UPLOAD_LIMIT = 1024 * 1024


class SearchQuery(Struct, forbid_unknown_fields=True):
    """Letters of a name, a team or an organisation."""

    q: str


class StatementsBody(Struct, forbid_unknown_fields=True):
    people: Annotated[list[PersonId], Meta(max_length=200)]
    devices: Annotated[list[DeviceId], Meta(max_length=200)]


class KeyPackagesBody(Struct, forbid_unknown_fields=True):
    key_packages: Annotated[list[Annotated[str, Meta(max_length=16_384)]], Meta(min_length=1, max_length=50)]


class ClaimBody(Struct, forbid_unknown_fields=True):
    people: Annotated[list[PersonId], Meta(min_length=1, max_length=150)]


def routes(directory: Directory) -> list[Route]:
    edge = DirectoryEdge(directory)
    return [
        Route(
            "GET",
            "/api/directory",
            edge.search,
            query=SearchQuery,
            answers={200: responses.FoundPeople},
            refuses=("rate_limited",),
        ),
        Route(
            "POST",
            "/api/directory/statements",
            edge.statements,
            body=StatementsBody,
            answers={200: responses.Statements},
            refuses=("rate_limited",),
        ),
        Route(
            "POST",
            "/api/key-packages",
            edge.upload,
            body_limit=UPLOAD_LIMIT,
            body=KeyPackagesBody,
            answers={200: responses.Available},
            refuses=("wrong_signer", "bad_signature", "device_revoked", "rate_limited"),
        ),
        Route(
            "POST",
            "/api/key-packages/claim",
            edge.claim,
            body=ClaimBody,
            answers={200: responses.Claimed},
            refuses=("rate_limited",),
        ),
        Route("GET", "/api/key-packages/count", edge.count, answers={200: responses.Available}),
    ]


class DirectoryEdge:
    """One method a row of the table: read strictly, ask the service, answer."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    async def search(self, request: web.Request) -> web.Response:
        asked = query_of(request, SearchQuery)
        return answer({"people": await self.directory.search(request[CALLER], asked.q)})

    async def statements(self, request: web.Request) -> web.Response:
        body = await read_body(request, StatementsBody)
        return answer(await self.directory.statements(request[CALLER], body.people, body.devices))

    async def upload(self, request: web.Request) -> web.Response:
        body = await read_body(request, KeyPackagesBody)
        packages = [decode_base64url(package) for package in body.key_packages]
        return answer({"available": await self.directory.upload(request[CALLER], packages)})

    async def claim(self, request: web.Request) -> web.Response:
        body = await read_body(request, ClaimBody)
        if len(set(body.people)) != len(body.people):
            raise Refusal("malformed", "A person is named twice.")
        return answer(await self.directory.claim(request[CALLER], body.people))

    async def count(self, request: web.Request) -> web.Response:
        return answer({"available": await self.directory.count(request[CALLER])})
