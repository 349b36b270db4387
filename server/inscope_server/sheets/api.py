"""The HTTP edge of the information sheets (API.md): for devices as data, for patients as a page."""

from __future__ import annotations

from aiohttp import web

from ..errors import Refusal
from ..web.answers import answer
from ..web.described import PAGE
from ..web.pages import Pages
from ..web.route import Route
from . import responses
from .rules import Sheet, SheetFile
from .service import Sheets

FOR_EVER = "public, max-age=31536000, immutable"


def routes(sheets: Sheets, pages: Pages) -> list[Route]:
    edge = SheetsEdge(sheets, pages)
    return [
        Route("GET", "/api/sheets", edge.list, access="anyone", answers={200: responses.All}),
        Route("GET", "/api/sheets/{sheet}/{version}/{language}", edge.file, access="anyone", answers={200: SheetFile}),
        Route(
            "GET",
            "/sheets/{sheet}/{version}/{language}",
            edge.page,
            access="anyone",
            page=True,
            answers={200: PAGE, 404: PAGE},
        ),
    ]


class SheetsEdge:
    """One method a row of the table. Nobody has to sign in to read what patients are told."""

    def __init__(self, sheets: Sheets, pages: Pages) -> None:
        self.sheets, self.pages = sheets, pages

    async def list(self, request: web.Request) -> web.Response:
        return answer({"sheets": [_told(sheet) for sheet in self.sheets.all()]})

    async def file(self, request: web.Request) -> web.Response:
        """The exact bytes, whose hash a consent names."""
        sheet = self._find(request)
        if sheet is None:
            raise Refusal("not_found")
        headers = {"Cache-Control": FOR_EVER}
        return web.Response(body=sheet.raw, content_type="application/json", headers=headers)

    async def page(self, request: web.Request) -> web.Response:
        sheet = self._find(request)
        if sheet is None:
            return self.pages.not_found()
        return self.pages.render("sheet.html", sheet=sheet, languages=self.sheets.languages(sheet))

    def _find(self, request: web.Request) -> Sheet | None:
        parts = request.match_info
        return self.sheets.find(parts["sheet"], parts["version"], parts["language"])


def _told(sheet: Sheet) -> dict[str, str | int]:
    one = sheet.content
    return {
        "sheet": one.sheet, "version": one.version, "language": one.language, "language_name": one.language_name,
        "direction": one.direction, "title": one.title, "text": sheet.text,
    }  # fmt: skip
