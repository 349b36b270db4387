"""A web server that says what it is told to say, whatever it is asked."""

from __future__ import annotations

import ssl
from pathlib import Path

from aiohttp import web

from .process import free_port

CERTIFICATE = Path(__file__).resolve().parents[1] / "world" / "pacs.pem"
"""Of nobody whom this machine trusts."""


class Saying:
    """`says`: a status, a content type, a text."""

    def __init__(self) -> None:
        self.port, self.says = free_port(), (503, "text/html", "<h1>Service Unavailable</h1>")

    async def start(self, *, tls: bool = False) -> None:
        app, context = web.Application(), None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port, ssl_context=context).start()

    async def _answer(self, _request: web.Request) -> web.Response:
        status, kind, text = self.says
        return web.Response(status=status, content_type=kind, text=text)

    async def close(self) -> None:
        await self.runner.cleanup()
