"""Every shared vector (protocol/vectors) in real Chromium, under the product's Content-Security-Policy.

`client_web/tests/protocol/run_vectors.ts` also runs under Node; here it meets the browser's own engine and WebAssembly.
"""

from __future__ import annotations

import copy
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, expect

from inscope_server.web.client import Client
from inscope_server.web.headers import security_headers
from inscope_server.web.pages import Pages
from servers.process import free_port

ROOT = Path(__file__).resolve().parents[2]
CLIENT, VECTORS = ROOT / "client_web", ROOT / "protocol" / "vectors"
CONFIG = "tests/protocol/vectors_page.config.mjs"
PAGE = '<!doctype html><title>Vectors</title><script type="module" src="/vectors_page.js"></script>'

Files = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Run:
    """`failed`: names and details of cases with another outcome than the file's; `errors`: what the console said."""

    names: list[str]
    failed: dict[str, str]
    errors: list[str]


@pytest.fixture(scope="module")
def vectors() -> Files:
    files = {path.relative_to(VECTORS).as_posix(): path for path in sorted(VECTORS.rglob("*.json"))}
    return {name: json.loads(path.read_text("utf-8")) for name, path in files.items()}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vectors' page, built by the client's own Vite."""
    vite, folder = CLIENT / "node_modules" / ".bin" / "vite", tmp_path_factory.mktemp("vectors")
    command = [vite, "build", "--config", CONFIG, "--outDir", folder, "--logLevel", "error"]
    subprocess.run(command, cwd=CLIENT, check=True, timeout=120)
    return folder


async def run_in(browser: Browser, bundle: Path, files: Files) -> Run:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def no_icon(_: web.Request) -> web.Response:
        return web.Response(status=204)

    async def told(_: web.Request) -> web.Response:
        return web.json_response(files)

    app = web.Application()
    app.on_response_prepare.append(security_headers)
    app.router.add_get("/", page)
    app.router.add_get("/favicon.ico", no_icon)
    app.router.add_get("/vectors.json", told)
    app.router.add_get("/{name:.+}", Client(str(bundle), Pages()).file)
    runner, port = web.AppRunner(app, access_log=None), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        return await results_of(browser, f"http://localhost:{port}/")
    finally:
        await runner.cleanup()


async def results_of(browser: Browser, url: str) -> Run:
    errors: list[str] = []
    page = await browser.new_page()
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(url)
    shown = page.locator("pre")
    await expect(shown).to_have_count(1, timeout=120_000)
    text = await shown.text_content() or ""
    assert text.startswith("["), text
    await page.close()
    results = json.loads(text)
    failed = {one["name"]: one["detail"] for one in results if not one["ok"]}
    return Run([one["name"] for one in results], failed, errors)


async def test_every_vector_holds_in_chromium(
    browser: Browser, bundle: Path, vectors: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    run = await run_in(browser, bundle, vectors)
    with capsys.disabled():
        print(f"\n{len(run.names)} vectors of {len(vectors)} files ran in Chromium {browser.version}")
    assert run.failed == {}
    assert run.names == [f"{path}: {case['name']}" for path, cases in vectors.items() for case in cases]
    assert len(run.names) > 200
    assert run.errors == []


async def test_a_vector_that_says_otherwise_fails_alone(browser: Browser, bundle: Path, vectors: Files) -> None:
    """One case of each file is made to expect what does not happen: each of them fails, and nothing else."""
    altered = copy.deepcopy(vectors)
    for cases in altered.values():
        cases[0]["expect"] = {"fail": "not_canonical"} if "ok" in cases[0]["expect"] else {"ok": None}
    run = await run_in(browser, bundle, altered)
    assert set(run.failed) == {f"{path}: {cases[0]['name']}" for path, cases in altered.items()}
