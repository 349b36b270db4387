"""Which consents stand, over HTTP (API.md, "Consent and images")."""

from __future__ import annotations

from aiohttp import web

from ..consent.responses import Status
from ..consent.service import Consents
from ..errors import Refusal
from ..web.answers import answer
from ..web.bodies import read_body
from ..web.route import CALLER, Route
from .contract import Authority
from .wire import StatusBody


def routes(authority: Authority, consents: Consents) -> list[Route]:
    async def status(request: web.Request) -> web.Response:
        body = await read_body(request, StatusBody)
        if len(set(body.consents)) != len(body.consents):
            raise Refusal("malformed", "A consent is named twice.")
        async with consents.database.read() as tx:
            for consent in body.consents:
                if not await consents.concerns(tx, request[CALLER], consent):
                    raise Refusal("not_found")
        return answer({"status": await authority.status(body.nonce, body.consents)})

    return [
        Route(
            "POST",
            "/api/consent-status",
            status,
            body=StatusBody,
            answers={200: Status},
            refuses=("not_found", "authority_unavailable"),
        )
    ]
