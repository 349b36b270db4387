"""Administration over HTTP (API.md, "Administration")."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from aiohttp import web

from inscope_protocol.types import DeviceId, PersonId

from ..accounts.service import Only
from ..web.answers import answer
from ..web.bodies import read_body
from ..web.described import Empty
from ..web.path import identifier
from ..web.query import query_of
from ..web.route import CALLER, Route
from . import responses
from .place import read_denial_place, read_staff_place
from .service import Administration

Limit = Annotated[int, msgspec.Meta(ge=1, le=50)]


class DenialsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`after`: the `next` of the page before."""

    after: str | msgspec.UnsetType = msgspec.UNSET
    limit: Limit = 20


class StaffQuery(DenialsQuery, forbid_unknown_fields=True):
    """`q`: letters of a name; `only`: people of whom this holds."""

    q: str = ""
    only: Only | msgspec.UnsetType = msgspec.UNSET


def routes(administration: Administration) -> list[Route]:
    edge = AdministrationEdge(administration)

    def route(method: Any, path: str, handler: Any, answered: Any, **columns: Any) -> Route:
        refuses = ("not_found", "rate_limited")
        answers = {200: answered}
        return Route(method, path, handler, admit=edge.admit, answers=answers, refuses=refuses, **columns)

    here = "/api/administration"
    return [
        route("GET", here, edge.overview, responses.Overview),
        route("GET", f"{here}/people", edge.people, responses.Staff, query=StaffQuery),
        route("GET", f"{here}/people/{{person}}", edge.person, responses.StaffMemberDevices),
        route("POST", f"{here}/devices/{{device}}/revoke", edge.revoke, Empty, body=Empty),
        route("GET", f"{here}/denials", edge.denials, responses.Denials, query=DenialsQuery),
        route("GET", f"{here}/denials/days", edge.denial_days, responses.DenialDays),
    ]


class AdministrationEdge:
    """One method a row of the table."""

    def __init__(self, administration: Administration) -> None:
        self.administration = administration

    async def admit(self, request: web.Request) -> None:
        await self.administration.admit(request[CALLER])

    async def overview(self, request: web.Request) -> web.Response:
        return answer(await self.administration.overview(request[CALLER]))

    async def people(self, request: web.Request) -> web.Response:
        asked = query_of(request, StaffQuery)
        after = None if asked.after is msgspec.UNSET else read_staff_place(asked.after)
        only = None if asked.only is msgspec.UNSET else asked.only
        return answer(await self.administration.people(request[CALLER], asked.q, only, after, asked.limit))

    async def person(self, request: web.Request) -> web.Response:
        return answer(await self.administration.person(request[CALLER], identifier(request, "person", PersonId)))

    async def revoke(self, request: web.Request) -> web.Response:
        await read_body(request, Empty)
        await self.administration.revoke(request[CALLER], identifier(request, "device", DeviceId))
        return answer({})

    async def denials(self, request: web.Request) -> web.Response:
        asked = query_of(request, DenialsQuery)
        after = None if asked.after is msgspec.UNSET else read_denial_place(asked.after)
        return answer(await self.administration.denials(request[CALLER], after, asked.limit))

    async def denial_days(self, request: web.Request) -> web.Response:
        return answer(await self.administration.denial_days(request[CALLER]))
