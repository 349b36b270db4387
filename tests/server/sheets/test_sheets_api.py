"""The edge of the information sheets: for anyone, exact, kept for ever; and their pages under a policy of their own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_protocol.labels import INFORMATION_SHEET
from world.running import SHEETS, Running

ENGLISH = "clinical-images/1/en"


@pytest.fixture
async def anyone(server: Running) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without a session."""
    async with aiohttp.ClientSession(server.origin) as http:
        yield http


async def test_the_list_names_every_sheet_by_the_hash_of_what_is_served(anyone: aiohttp.ClientSession) -> None:
    async with anyone.get("/api/sheets") as response:
        listed = (await response.json())["sheets"]
    assert {one["language"] for one in listed} == {"en", "ar", "zh-Hans", "vi", "es", "fr"}
    for one in listed:
        path = f"{one['sheet']}/{one['version']}/{one['language']}"
        async with anyone.get(f"/api/sheets/{path}") as response:
            raw, told = await response.read(), await response.json()
        assert raw == (SHEETS / f"{path}.json").read_bytes()
        assert one["text"] == encode_base64url(labelled_hash(INFORMATION_SHEET, raw))
        assert one == {key: value for key, value in told.items() if key != "sections"} | {"text": one["text"]}


async def test_a_sheet_may_be_kept_for_ever_and_the_list_may_not(anyone: aiohttp.ClientSession) -> None:
    async with anyone.get(f"/api/sheets/{ENGLISH}") as response:
        assert response.content_type == "application/json"
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    async with anyone.get("/api/sheets") as response:
        assert response.headers["Cache-Control"] == "no-store"


NOTHING = [
    "clinical-images/1/de", "clinical-images/2/en", "clinical-images/01/en", "clinical-images/1/EN", "other/1/en",
    "clinical-images/one/en", "clinical-images/1/en.json", "..%2Fclinical-images/1/en", "%00/1/en", "x/1/..%2F1%2Fen",
]  # fmt: skip


async def test_whatever_is_not_there_answers_alike(anyone: aiohttp.ClientSession) -> None:
    for folder, kind in (("/api/sheets", "application/json"), ("/sheets", "text/html")):
        answers = set()
        for path in NOTHING:
            async with anyone.get(aiohttp.client.URL(f"{folder}/{path}", encoded=True)) as response:
                assert (response.status, response.content_type) == (404, kind), path
                answers.add(await response.text())
        assert len(answers) == 1, folder
    assert '"not_found"' not in answers.pop()


async def test_a_page_is_whole_and_escapes_nothing_twice(anyone: aiohttp.ClientSession) -> None:
    async with anyone.get("/sheets/clinical-images/1/fr") as response:
        page = await response.text()
        policy = response.headers["Content-Security-Policy"]
        assert (response.status, response.headers["Cache-Control"]) == (200, "no-cache")
        assert response.headers["Referrer-Policy"] == "same-origin"
    assert '<html lang="fr" dir="ltr">' in page
    assert page.count("<h2>") == 8
    assert "Puis-je changer d’avis\u00a0?" in page and "&amp;" not in page
    assert "<script" not in page and "style=" not in page and "onclick" not in page
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert "script-src" not in directives and "unsafe" not in policy


async def test_the_stylesheet_is_named_by_its_content(anyone: aiohttp.ClientSession) -> None:
    async with anyone.get(f"/sheets/{ENGLISH}") as response:
        found = re.search(r'<link rel="stylesheet" href="(/pages/[\w-]+\.css)">', await response.text())
    assert found is not None
    async with anyone.get(found[1]) as response:
        assert (response.status, response.content_type) == (200, "text/css")
        assert "immutable" in response.headers["Cache-Control"]
        assert "X-Content-Type-Options" in response.headers
    async with anyone.get("/pages/other.css") as response:
        assert response.status == 404


ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


async def test_a_link_elsewhere_leads_to_a_page_and_nothing_else_does(anyone: aiohttp.ClientSession) -> None:
    cases = [
        (f"/sheets/{ENGLISH}", ELSEWHERE, 200),
        (f"/sheets/{ENGLISH}", ELSEWHERE | {"Sec-Fetch-Mode": "cors"}, 403),
        (f"/sheets/{ENGLISH}", {"Origin": "https://elsewhere.example"}, 403),
        (f"/api/sheets/{ENGLISH}", ELSEWHERE, 403),
    ]
    for path, headers, status in cases:
        async with anyone.get(path, headers=headers) as response:
            assert response.status == status, (path, headers)
