"""The web client's files: built once, named by their hash, served with what lets a browser keep or not keep them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from ..errors import Refusal
from .headers import HEADERS, POLICY
from .pages import Pages

TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


PAGE = "index.html"
ASSETS = "assets/"
"""What is here is named by a hash of what is in it."""
FOR_EVER = "public, max-age=31536000, immutable"
IMPORT_MAP = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)
"""The one script that stands in the page itself: it names the hashes of the others, and can do nothing."""


def served(folder: Path) -> dict[str, Path]:
    """The files of a built client by their names; not what the build keeps for itself, in folders with a dot."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file() and path.suffix in TYPES}
    return {name.as_posix(): path for name, path in files.items() if not name.parts[0].startswith(".")}


Find = Callable[[str], Awaitable[bytes | None]]
"""The bytes of what another release has under a name in `ASSETS`, if one does."""


async def nowhere(_name: str) -> None:
    """Where there is one release."""


class Client:
    """Serves `folder`, and to pages of other releases what they lead to. Only names that were there at the start exist,
    or that `elsewhere` knows: a request never becomes a path.

    The folder is what its name leads to now: a link that is turned to the next release changes nothing that runs.
    """

    def __init__(self, folder: str, pages: Pages, elsewhere: Find = nowhere) -> None:
        self.pages, self.elsewhere = pages, elsewhere
        self.files = served(Path(folder).resolve())
        self.policy = _policy(self.files[PAGE].read_bytes() if PAGE in self.files else b"")

    async def page(self, request: web.Request) -> web.StreamResponse:
        return self._serve(request, PAGE, "no-cache")

    async def file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if not name.startswith(ASSETS):
            return self._serve(request, name, "no-cache")
        other = None if name in self.files else await self.elsewhere(name)
        if other is None:
            return self._serve(request, name, FOR_EVER)
        kind = TYPES.get(Path(name).suffix, "application/octet-stream")
        return web.Response(body=other, headers={"Cache-Control": FOR_EVER, "Content-Type": kind})

    def _serve(self, request: web.Request, name: str, caching: str) -> web.StreamResponse:
        """Who types an address reads a page; programs are told as anywhere else."""
        path = self.files.get(name)
        if path is None and "text/html" in request.headers.get("Accept", ""):
            return self.pages.not_found()
        if path is None:
            raise Refusal("not_found", "There is no such page.")
        headers = {"Cache-Control": caching, "Content-Type": TYPES[path.suffix]}
        if path.suffix == ".html":
            headers |= {"Content-Type": "text/html; charset=utf-8", POLICY: self.policy}
        return web.FileResponse(path, headers=headers)


def _policy(page: bytes) -> str:
    """The policy of every answer, and that this page's import map is one (CSP3, hash-source)."""
    hashes = [base64.b64encode(hashlib.sha256(said).digest()).decode() for said in IMPORT_MAP.findall(page)]
    allowed = "".join(f" 'sha256-{one}'" for one in hashes)
    return HEADERS[POLICY].replace("script-src 'self'", f"script-src 'self'{allowed}", 1)
