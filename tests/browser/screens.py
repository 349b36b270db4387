"""The screens with made-up data, built and opened in Chromium, and hands to use them. No server takes part."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from browser.chromium import HEADLESS
from browser.preview.hands import button, thread
from browser.preview.look import ARGUMENTS, serve

PREVIEW = Path(__file__).parent / "preview"


CLIENT = Path(__file__).parents[2] / "client_web"


AXE = CLIENT / "node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The preview, built and served with the product's headers."""
    dist = tmp_path_factory.mktemp("preview")
    build = [shutil.which("npx") or "npx", "vite", "build", "--config", str(PREVIEW / "vite.config.mjs")]
    subprocess.run([*build, "--outDir", str(dist)], cwd=CLIENT, check=True, capture_output=True)
    return serve(dist)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=HEADLESS, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A phone. Whatever the console complains of fails the test: a CSP violation does."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(5_000)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == [], said


def at_thread(page: Page, origin: str, n: int = 1) -> None:
    page.goto(f"{origin}/?status=ready#/thread/{thread(n)}")
    page.get_by_label("Message", exact=True).wait_for()


def with_metadata() -> bytes:
    """A JPEG lying on its side, with a place and a maker in its EXIF, and a page appended to it."""
    picture = Image.new("RGB", (80, 40), (200, 30, 30))
    picture.paste((30, 30, 200), (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "S"
    out = BytesIO()
    exif.get_ifd(0x8769)[0x9003] = "2025:03:09 14:05:06"
    picture.save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue() + b"<html><script>alert('polyglot')</script></html>"


def png_claiming(width: int, height: int) -> bytes:
    """The head of a PNG, and nothing that could be decoded."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02" + bytes(20)


def prepared(page: Page) -> tuple[bytes, dict[str, object]]:
    """The bytes and the description that the screens handed to the session."""
    handed = page.evaluate("(({ grey, bytes, ...said }) => ({ ...said, bytes: [...bytes] }))(window.madeUp.attached)")
    return bytes(handed.pop("bytes")), handed


def attach(page: Page, name: str, content: bytes, mime: str = "image/jpeg") -> None:
    button(page, "Attach an image")
    button(page, "Next: picture")
    page.get_by_label("Picture file").set_input_files({"name": name, "mimeType": mime, "buffer": content})
