"""Real Chromium against the real server: windows of people with their own devices, and axe-core on every screen."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright, expect

from browser.chromium import HEADLESS
from browser.screens import chromium, origin, page
from inscope_protocol.identifiers import make_identifier
from world.organisation import Organisation, Person
from world.running import CLIENT, Running, TestClock

__all__ = ["chromium", "origin", "page"]

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
PASSPHRASE = "correct horse battery"
SHOTS = Path(os.environ.get("INSCOPE_SHOTS", "build/screens"))
FOLDER = Path(__file__).parent
AXE = CLIENT.parent / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@dataclass
class Window:
    """A person's browser window: one device. `errors` collects what the console says of broken policies or scripts."""

    page: Page
    context: BrowserContext
    person: Person
    errors: list[str] = field(default_factory=list)

    async def shot(self, name: str, session: CDPSession | None = None) -> None:
        """A picture for the eye, and axe-core for the rest: it must find nothing. `session`: used and kept."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"{name}.png")
        # The DevTools protocol evaluates outside the page's Content-Security-Policy.
        own = session is None
        session = session or await self.context.new_cdp_session(self.page)
        await session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
        run = """axe.run(document, {resultTypes: ['violations']}).then((found) => JSON.stringify(
            found.violations.map((rule) => [rule.id, rule.nodes.map((node) => node.html.slice(0, 200))])))"""
        answer = await session.send(
            "Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True}
        )
        if own:
            await session.detach()
        assert answer["result"]["value"] == "[]", f"{name}: {answer['result']['value']}"

    def button(self, name: str | re.Pattern[str]) -> Any:
        return self.page.get_by_role("button", name=name)


@dataclass
class Ward:
    """The server, two organisations that know each other, and a browser."""

    running: Running
    browser: Browser
    riverbend: Organisation
    coastal: Organisation
    windows: list[Window] = field(default_factory=list)

    async def window(
        self, home: Organisation, name: str, size: Any = None, roles: Any = (), teams: Any = (), **options: Any
    ) -> Window:
        """A new context with the invitation's page open; nothing is used up yet."""
        return await self._open(await home.invite(name, roles, teams), size, **options)

    async def replacing(self, window: Window, home: Organisation) -> Window:
        """A window for another device of the same person, which takes the place of the one in this window."""
        return await self._open(await home.invite_again(window.person.person), None)

    async def opened(self, link: str, person: Person, size: Any = None) -> Window:
        """A window for a device beside others of this person, on the link that one of them shows."""
        window = await self._open(person, size)
        await window.page.goto("about:blank")
        await window.page.goto(link)
        return window

    async def _open(self, person: Person, size: Any, **options: Any) -> Window:
        context = await self.browser.new_context(viewport=size or PHONE, **options)
        context.set_default_timeout(15_000)
        page = await context.new_page()
        window = Window(page, context, person)
        page.on("console", lambda message: window.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: window.errors.append(str(error)))
        await page.goto(f"{self.running.origin}/#/invitation/{person.fragment}")
        self.windows.append(window)
        return window

    async def enrol(self, window: Window, home: Organisation) -> None:
        """Chooses a passphrase; the organisation confirms once the device has asked."""
        page = window.page
        for label in ("New passphrase", "The same once more"):
            await page.get_by_label(label, exact=True).fill(PASSPHRASE)
        await page.get_by_role("button", name="Set up this device").click()
        await home.confirm(window.person)
        await expect(page.get_by_role("heading", name="Threads")).to_be_visible(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser that tests share lives in one event loop, which is theirs too."""
    for item in items:
        if item.path.parent == FOLDER and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def in_browsers_loop(function: Callable[..., Any]) -> Any:
    """A fixture of a test that uses the browser."""
    return pytest_asyncio.fixture(loop_scope="session")(function)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium is started once; every window is a context of its own."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=HEADLESS, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@asynccontextmanager
async def ward_of(browser: Browser, folder: Path, database_url: str, **settings: Any) -> AsyncIterator[Ward]:
    running = await Running.start(database_url, folder, TestClock(), demo=True, **settings)
    emergency, trauma = (make_identifier("tea", bytes([number]) * 16) for number in (1, 2))
    riverbend = Organisation(running, "Riverbend Hospital", {"Emergency": emergency}, {"intern": "Graduate intern"})
    coastal = Organisation(running, "Coastal Orthopaedics", {"Trauma": trauma}, {"surgeon": "Orthopaedic surgeon"})
    for organisation in (riverbend, coastal):
        await organisation.register()
    await riverbend.know(coastal)
    await coastal.know(riverbend)
    ward = Ward(running, browser, riverbend, coastal)
    try:
        yield ward
    finally:
        for window in ward.windows:
            await window.context.close()
        await running.close()


@in_browsers_loop
async def ward(tmp_path: Path, browser: Browser, sqlite_url: str) -> AsyncIterator[Ward]:
    async with ward_of(browser, tmp_path, sqlite_url) as ward:
        yield ward


Step = Callable[[], Awaitable[None]]
