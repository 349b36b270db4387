"""Pages that the server makes, for patients: plain HTML and forms, without JavaScript, for old browsers too."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from inscope_protocol.encoding import encode_base64url, plain_hash

from ..errors import Refusal
from .described import STYLE
from .route import Route

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # With `no-referrer` browsers name no origin when a form is sent, and the guard would refuse it (Fetch standard,
    # "append a request Origin header").
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
WITH_SCRIPTS = (
    "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types 'none'; "
    + HEADERS["Content-Security-Policy"]
)


@cache
def _environment() -> Environment:
    """What was compiled of the templates serves all servers of a process."""
    return Environment(
        loader=PackageLoader("inscope_server"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Pages:
    """Renders `templates/`. Every value is escaped; a name that a template misses is an error, not an empty place."""

    def __init__(self) -> None:
        self.style = resources.files("inscope_server").joinpath("templates/pages.css").read_bytes()
        # Named by its content: a browser may keep it for ever, and a page always gets the one it was written with.
        self.style_path = f"/pages/{encode_base64url(plain_hash(self.style))[:16]}.css"
        self.environment = _environment()

    def render(self, template: str, status: int = 200, *, scripts: bool = False, **values: Any) -> web.Response:
        """A page from `template` and what it names. Its policy: forms to this server only, and no scripts.

        With `scripts`: this server's own, which open what is sealed for the reader (libsodium is WebAssembly).
        """
        text = self.environment.get_template(template).render(values, style_path=self.style_path, scripts=scripts)
        headers = {**HEADERS, "Content-Security-Policy": WITH_SCRIPTS} if scripts else HEADERS
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)

    def not_found(self) -> web.Response:
        """The same for what never was, what is over, and what is somebody else's."""
        return self.render("not_found.html", status=404)

    def routes(self) -> list[Route]:
        return [Route("GET", "/pages/{style}.css", self._stylesheet, access="anyone", answers={200: STYLE})]

    async def _stylesheet(self, request: web.Request) -> web.Response:
        if request.path != self.style_path:
            raise Refusal("not_found")
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return web.Response(body=self.style, content_type="text/css", charset="utf-8", headers=headers)
