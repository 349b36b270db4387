"""The pages for patients in Chromium: without JavaScript, in every language, on a phone, a desk and paper."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from jinja2 import ChoiceLoader, DictLoader
from playwright.async_api import Browser, BrowserContext, Page, expect

from browser.conftest import AXE, DESKTOP, PHONE, SHOTS, in_browsers_loop
from inscope_server.app import Server
from inscope_server.sheets.rules import TOPICS, Sheet
from inscope_server.sheets.service import Sheets
from inscope_server.web.route import Route
from world.running import SHEETS, Running, TestClock

ALL = Sheets(str(SHEETS)).all()
LOOKS = [(PHONE, "light"), (DESKTOP, "dark")]
Opened = Callable[..., Awaitable[Page]]


def address(sheet: Sheet) -> str:
    return "/sheets/" + "/".join(sheet.key)


@in_browsers_loop
async def running(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Running]:
    server = await Running.start(sqlite_url, tmp_path, TestClock())
    yield server
    await server.close()


@in_browsers_loop
async def opened(browser: Browser, running: Running) -> AsyncIterator[Opened]:
    """Opens a path in a new context. Whatever the console complains of fails the test: a CSP violation does."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    async def open_page(path: str, scripts: bool = False, **options: Any) -> Page:
        context = await browser.new_context(
            base_url=running.origin, java_script_enabled=scripts, **{"viewport": PHONE, **options}
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        await page.goto(path)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert said == [], said


async def violations(page: Page) -> Any:
    """What axe-core finds; the DevTools protocol evaluates outside the page's policy."""
    session = await page.context.new_cdp_session(page)
    await session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
    run = "axe.run().then((found) => found.violations.map((rule) => rule.id + ' ' + rule.nodes[0].html))"
    answer = await session.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    return answer["result"]["value"]


async def sizes(page: Page, selector: str, css: str) -> list[float]:
    values = await page.locator(selector).evaluate_all(f"(all) => all.map((one) => getComputedStyle(one).{css})")
    return [float(value.removesuffix("px")) for value in values]


async def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@pytest.mark.parametrize("sheet", ALL, ids=lambda sheet: sheet.key[2])
async def test_a_sheet_reads_whole_without_scripts(opened: Opened, sheet: Sheet) -> None:
    for size, scheme in LOOKS:
        page = await opened(address(sheet), viewport=size, color_scheme=scheme)
        await expect(page.get_by_role("heading", level=1)).to_have_text(sheet.content.title)
        await expect(page.get_by_role("heading", level=2)).to_have_count(len(TOPICS))
        for section in sheet.content.sections:
            await expect(page.get_by_role("main")).to_contain_text(section.text.split("\n")[-1])
        await shot(page, f"sheet-{sheet.key[2]}-{size['width']}-{scheme}")


@pytest.mark.parametrize("sheet", ALL, ids=lambda sheet: sheet.key[2])
async def test_axe_finds_nothing_and_type_is_large(opened: Opened, sheet: Sheet) -> None:
    for size, scheme in LOOKS:
        page = await opened(address(sheet), scripts=True, viewport=size, color_scheme=scheme)
        assert await violations(page) == []
        assert min(await sizes(page, "main p, main h1, main h2, nav a", "fontSize")) >= 20
        assert min(await sizes(page, "nav a", "height")) >= 48
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_right_to_left_begins_at_the_right(opened: Opened) -> None:
    page = await opened("/sheets/clinical-images/1/ar", scripts=True)
    assert await page.evaluate("[document.documentElement.lang, document.dir]") == ["ar", "rtl"]
    box = await page.get_by_role("main").bounding_box()
    first = await page.locator("nav li").first.bounding_box()
    assert box and first and abs((first["x"] + first["width"]) - (box["x"] + box["width"])) < 2
    ends = await page.evaluate(
        """[...document.querySelectorAll('main h2')].map((heading) => {
             const range = document.createRange(); range.selectNodeContents(heading)
             return range.getBoundingClientRect().right - heading.getBoundingClientRect().right })"""
    )
    assert all(abs(end) < 2 for end in ends), "headings touch the right edge"


async def test_another_language_is_one_press_away(opened: Opened) -> None:
    page = await opened("/sheets/clinical-images/1/en")
    names = [sheet.content.language_name for sheet in ALL]
    assert await page.get_by_role("navigation").get_by_role("link").all_inner_texts() == names
    await page.get_by_role("link", name="Tiếng Việt").click()
    await expect(page).to_have_url(re.compile(r"/sheets/clinical-images/1/vi$"))
    await expect(page.locator("html")).to_have_attribute("lang", "vi")
    await expect(page.locator("[aria-current=page]")).to_have_text("Tiếng Việt")


async def test_paper_gets_the_words_in_black_and_no_buttons(opened: Opened) -> None:
    page = await opened("/sheets/clinical-images/1/es", color_scheme="dark")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await expect(page.locator("html")).to_have_css("color", "rgb(0, 0, 0)")
    await expect(page.locator("html")).to_have_css("background-color", "rgb(255, 255, 255)")
    await shot(page, "sheet-print")


async def test_nothing_there_is_a_page_too(browser: Browser, running: Running) -> None:
    page = await browser.new_page(base_url=running.origin, viewport=PHONE)
    missing = await page.goto("/sheets/clinical-images/1/tlh")
    assert missing is not None and missing.status == 404
    await expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert await violations(page) == []
    await page.context.close()


FORM = """{% extends "page.html" %}{% set language = "en" %}{% block title %}A form{% endblock %}{% block main %}
<h1>{{ heading }}</h1>
<div class="notice good" role="status"><p>Recorded.</p></div><div class="notice bad"><p>Not recorded.</p></div>
<form method="post" action="/sent"><fieldset><legend>What for?</legend>
<label class="choice"><input type="checkbox" name="a"><span>Advice <span class="quiet">On my care.</span></span></label>
<label class="choice"><input type="radio" name="b"><span>One</span></label></fieldset>
<label class="field"><span>Code</span><input class="code" name="code"></label><p class="error">Not right.</p>
<div class="actions"><button class="primary">Save</button><button class="danger">Take back</button></div></form>
{% endblock %}"""


def with_form(server: Server) -> None:
    """Adds a page with a form, and a place that it is sent to, behind the same guard as everything."""
    routes, environment = server.routes, server.pages.environment
    assert environment.loader is not None
    loader = ChoiceLoader([environment.loader, DictLoader({"form.html": FORM})])
    server.pages.environment = environment.overlay(loader=loader)

    async def form(request: web.Request) -> web.Response:
        direction = request.query["direction"]
        return server.pages.render("form.html", direction=direction, heading="<b>Yours</b>")

    async def sent(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.headers['Origin']} {(await request.post())['code']}")

    added = [Route("GET", "/form", form, "anyone", page=True), Route("POST", "/sent", sent, "anyone")]
    server.routes = lambda: [*routes(), *added]  # type: ignore[method-assign]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
async def test_the_stylesheet_serves_forms(browser: Browser, tmp_path: Path, sqlite_url: str, direction: str) -> None:
    """What is pressed is large, values are escaped, and a form arrives with its origin named, as the guard wants."""
    running = await Running.start(sqlite_url, tmp_path, TestClock(), with_form)
    context = await browser.new_context(viewport=PHONE, base_url=running.origin)
    page = await context.new_page()
    await page.goto(f"/form?direction={direction}")
    await expect(page.get_by_role("heading")).to_have_text("<b>Yours</b>")
    assert min(await sizes(page, ".choice, button, .code", "height")) >= 48
    assert await violations(page) == []
    await page.keyboard.press("Tab")
    await expect(page.locator(".choice").first).to_have_css("outline-style", "solid")
    await shot(page, f"form-{direction}")
    await page.get_by_label("Code").fill("123")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("body")).to_have_text(f"{running.origin} 123")
    await context.close()
    await running.close()
