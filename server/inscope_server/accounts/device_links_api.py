"""The HTTP edge of links to another device (API.md, Accounts)."""

from __future__ import annotations

from aiohttp import web

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.types import Bytes32, DeviceId

from ..web.answers import answer
from ..web.bodies import read_body
from ..web.described import SIGNED, Signed
from ..web.route import Route
from . import responses
from .api import Body, caller_of
from .device_links import Asking, DeviceLinks

PATH = "/api/device-links"


class OfferBody(Body):
    token_hash: Bytes32
    commitment: Bytes32


class RevealBody(Body):
    opened: Bytes32


class ShownBody(Body):
    token: Bytes32


class AskBody(Body):
    token: Bytes32
    device: DeviceId
    device_key: Bytes32
    label: str
    proof: Bytes32


class StateBody(Body):
    token: Bytes32
    device: DeviceId


class AddBody(Body):
    device: Signed


def routes(links: DeviceLinks) -> list[Route]:
    edge = DeviceLinksEdge(links)
    wrong = ("link_invalid", "rate_limited")
    offered = {200: responses.LinkOffered}
    return [
        Route("POST", PATH, edge.offer, body=OfferBody, answers=offered, refuses=("rate_limited", "too_large")),
        Route("GET", PATH, edge.offered, answers={200: responses.OwnLink}),
        Route("DELETE", PATH, edge.give_up),
        Route(
            "POST", f"{PATH}/reveal", edge.reveal, body=RevealBody, refuses=("link_invalid", "statement_mismatch")
        ),
        Route(
            "POST", f"{PATH}/look", edge.look, "anyone", body=ShownBody, answers={200: responses.LinkShown},
            refuses=wrong,
        ),
        Route("POST", f"{PATH}/ask", edge.ask, "anyone", body=AskBody, answers=offered, refuses=wrong),
        Route(
            "POST", f"{PATH}/state", edge.state, "anyone", body=StateBody, answers={200: responses.LinkState},
            refuses=wrong,
        ),
        Route(
            "POST", "/api/devices", edge.add, body=AddBody,
            refuses=(*SIGNED, "link_invalid", "statement_mismatch", "too_large"),
        ),
    ]  # fmt: skip


class DeviceLinksEdge:
    """One method a row of the table: read strictly, ask the service, answer."""

    def __init__(self, links: DeviceLinks) -> None:
        self.links = links

    async def offer(self, request: web.Request) -> web.Response:
        body = await read_body(request, OfferBody)
        return answer({"expires_at": await self.links.offer(caller_of(request), body.token_hash, body.commitment)})

    async def offered(self, request: web.Request) -> web.Response:
        return answer({"link": await self.links.offered(caller_of(request))})

    async def give_up(self, request: web.Request) -> web.Response:
        await self.links.give_up(caller_of(request))
        return answer({})

    async def reveal(self, request: web.Request) -> web.Response:
        body = await read_body(request, RevealBody)
        await self.links.reveal(caller_of(request), body.opened)
        return answer({})

    async def look(self, request: web.Request) -> web.Response:
        body = await read_body(request, ShownBody)
        return answer(await self.links.look(decode_base64url(body.token), request.remote or ""))

    async def ask(self, request: web.Request) -> web.Response:
        body = await read_body(request, AskBody)
        asking = Asking(body.device, body.device_key, body.label, body.proof)
        until = await self.links.ask(decode_base64url(body.token), asking, request.remote or "")
        return answer({"expires_at": until})

    async def state(self, request: web.Request) -> web.Response:
        body = await read_body(request, StateBody)
        return answer(await self.links.state(decode_base64url(body.token), body.device, request.remote or ""))

    async def add(self, request: web.Request) -> web.Response:
        body = await read_body(request, AddBody)
        await self.links.add(caller_of(request), body.device)
        return answer({})
