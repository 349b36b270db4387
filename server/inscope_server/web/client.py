"""The web client's files: built once, named by their hash, served with what lets a browser keep or not keep them."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from ..errors import Refusal

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


class Client:
    """Serves `folder`. Only names that were there at the start exist: a request never becomes a path."""

    def __init__(self, folder: str) -> None:
        root = Path(folder)
        files = [path for path in root.rglob("*") if path.is_file() and path.suffix in TYPES]
        self.files = {path.relative_to(root).as_posix(): path for path in files}

    async def page(self, request: web.Request) -> web.StreamResponse:
        return self._serve("index.html", "no-cache")

    async def file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        hashed = name.startswith("assets/")
        return self._serve(name, "public, max-age=31536000, immutable" if hashed else "no-cache")

    def _serve(self, name: str, caching: str) -> web.StreamResponse:
        path = self.files.get(name)
        if path is None:
            raise Refusal("not_found", "There is no such page. Was the client built (make build)?")
        headers = {"Cache-Control": caching, "Content-Type": TYPES[path.suffix]}
        if path.suffix == ".html":
            headers["Content-Type"] = "text/html; charset=utf-8"
        return web.FileResponse(path, headers=headers)
