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


PAGE = "index.html"


def served(folder: Path) -> dict[str, Path]:
    """The files of a built client by their names; not what the build keeps for itself, in folders with a dot."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file() and path.suffix in TYPES}
    return {name.as_posix(): path for name, path in files.items() if not name.parts[0].startswith(".")}


class Client:
    """Serves `folder`. Only names that were there at the start exist: a request never becomes a path."""

    def __init__(self, folder: str) -> None:
        self.files = served(Path(folder))

    async def page(self, request: web.Request) -> web.StreamResponse:
        return self._serve(PAGE, "no-cache")

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
