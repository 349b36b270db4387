"""Every answer that any test gets from the server, held against the route table: status, type, shape, codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
from aiohttp import web

from inscope_protocol.failures import ProtocolError
from inscope_server.errors import Refusal, as_refusal
from inscope_server.web.described import Media, Refused
from inscope_server.web.route import Route


class Departures:
    """`found`: what was answered otherwise than the table says, each told once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def watched(self, routes: Callable[[], list[Route]]) -> Callable[[], list[Route]]:
        return lambda: [replace(route, handler=self._watch(route)) for route in routes()]

    def _watch(self, route: Route) -> Any:
        async def handler(request: web.Request) -> web.StreamResponse:
            try:
                response = await route.handler(request)
            except (Refusal, ProtocolError) as error:
                refusal = as_refusal(error) if isinstance(error, ProtocolError) else error
                self._tell(route, f"is refused with {refusal.code}", refusal.code in route.refusals)
                raise
            self._check(route, response)
            return response

        return handler

    def _tell(self, route: Route, what: str, fine: bool) -> None:
        told = f"{route.method} {route.path} {what}"
        if not fine and told not in self.found:
            self.found.append(told)

    def _check(self, route: Route, response: web.StreamResponse) -> None:
        kind = route.answers.get(response.status)
        refused = kind in (None, Refused)
        if refused and isinstance(response, web.Response):
            kind = Refused
            code = str(json.loads(response.body or b"{}").get("error", {}).get("code"))  # type: ignore[arg-type]
            self._tell(route, f"answers {response.status} with {code}", code in route.refusals)
        if isinstance(kind, Media):
            fine = response.content_type in kind.types or not kind.types
            self._tell(route, f"answers {response.status} as {response.content_type}", fine)
        elif isinstance(response, web.Response):
            try:
                msgspec.json.decode(response.body or b"", type=kind)  # type: ignore[arg-type]
            except msgspec.DecodeError as error:
                self._tell(route, f"answers {response.status} otherwise: {error}", False)
