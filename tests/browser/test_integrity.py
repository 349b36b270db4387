"""The page names the hashes of its scripts: what was changed behind it does not run (Subresource Integrity)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, expect

from browser.conftest import in_browsers_loop
from world.running import CLIENT, Running, TestClock

MARK = b"\ndocument.documentElement.dataset.changed = 'yes';\n"
Opened = Callable[[], Awaitable[tuple[Page, list[str]]]]


@in_browsers_loop
async def delivered(tmp_path: Path) -> Path:
    """The folder that the server delivers from."""
    return Path(shutil.copytree(CLIENT, tmp_path / "dist"))


@in_browsers_loop
async def opened(browser: Browser, delivered: Path, tmp_path: Path, sqlite_url: str) -> AsyncIterator[Opened]:
    """Opens the client's page, and says what the console complains of."""
    running = await Running.start(sqlite_url, tmp_path, TestClock(), client_dir=str(delivered))
    contexts: list[BrowserContext] = []

    async def open_page() -> tuple[Page, list[str]]:
        context, said = await browser.new_context(), list[str]()
        contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        await page.goto(running.origin)
        return page, said

    yield open_page
    for context in contexts:
        await context.close()
    await running.close()


def change(folder: Path, name: str) -> list[str]:
    """Each script of this name is changed; their names."""
    found = sorted(folder.glob(f"assets/{name}-*.js"))
    for path in found:
        path.write_bytes(path.read_bytes() + MARK)
    assert found, name
    return [path.name for path in found]


async def is_changed(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.dataset.changed === 'yes'"))


async def test_as_released_it_runs_and_nothing_is_complained_of(opened: Opened) -> None:
    page, said = await opened()
    await expect(page.get_by_role("heading", name="You need an invitation")).to_be_visible()
    assert said == []


@pytest.mark.parametrize("name", ["index", "labels", "browser_platform", "create_session"])
async def test_a_script_that_was_changed_behind_the_page_does_not_run(
    opened: Opened, delivered: Path, name: str
) -> None:
    """Named by a tag, imported by a module, or after the first screen."""
    change(delivered, name)
    page, said = await opened()
    async with asyncio.timeout(10):
        while not any("integrity" in one for one in said):
            await asyncio.sleep(0.05)
    assert not await is_changed(page)


async def test_neither_does_one_that_is_needed_only_later(opened: Opened, delivered: Path) -> None:
    names = [*change(delivered, "noble"), *change(delivered, "TakeDicom")]
    page, _ = await opened()
    for name in names:
        with pytest.raises(Error, match="Failed to fetch"):
            await page.evaluate("name => import(`/assets/${name}`).then(() => null)", name)
    assert not await is_changed(page)


async def test_a_script_of_ones_own_in_the_page_does_not_run_either(opened: Opened, delivered: Path) -> None:
    """The policy allows the import map that stands in the page, and no script."""
    page = delivered / "index.html"
    page.write_text(page.read_text().replace("</head>", f"<script>{MARK.decode()}</script></head>"))
    shown, said = await opened()
    await expect(shown.get_by_role("heading", name="You need an invitation")).to_be_visible()
    assert not await is_changed(shown)
    assert any("Content Security Policy" in one for one in said), said
