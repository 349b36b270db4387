"""Looks at every screen with made-up data: pictures at phone and desktop size, light and dark, axe-core on each.

Served with the product's own headers. Beside the tests it is a tool for whoever changes a screen:

    npx vite build --config ../tests/browser/preview/vite.config.mjs --outDir DIST      (in client_web)
    PYTHONPATH=tests python tests/browser/preview/look.py DIST SHOTS AXE_MIN_JS
"""

from __future__ import annotations

import functools
import http.server
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Error, Page, ViewportSize, expect, sync_playwright

from browser.chromium import HEADLESS
from browser.preview.screen_table import SCREENS
from inscope_server.web.headers import HEADERS

VIOLATIONS = """async () => (await axe.run({ resultTypes: ['violations'] })).violations
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3)
        .map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join(' | '))"""
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
# A camera of Chromium's own, allowed without a question.
ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


class Served(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(folder: Path) -> str:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Served, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def look(
    page: Page,
    origin: str,
    name: str,
    path: str,
    act: Callable[[Page], None],
    axe: str,
    *others: Callable[[Page], None],
) -> list[str]:
    """What is wrong on this screen, and on it changed by each of `others`. `page` may have shown others before."""
    said: list[str] = []

    def complained(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    def failed(error: Error) -> None:
        said.append(str(error))

    page.on("console", complained)
    page.on("pageerror", failed)
    page.goto("about:blank")
    page.goto(f"{origin}/{path}")
    expect(page.get_by_text("Opening InScope…")).to_have_count(0)
    for change in (act, *others):
        change(page)
        page.wait_for_timeout(100 if page.evaluate("matchMedia('(prefers-reduced-motion)').matches") else 250)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            said.append("wider than the screen")
        if change is act:
            page.evaluate(axe)
        said += page.evaluate(VIOLATIONS)
    page.remove_listener("console", complained)
    page.remove_listener("pageerror", failed)
    return [f"{name}: {line}" for line in said]


def main(dist: Path, shots: Path, axe: Path, only: str = "") -> int:
    shots.mkdir(parents=True, exist_ok=True)
    origin, source, wrong = serve(dist), axe.read_text(), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=HEADLESS, args=ARGUMENTS)
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                for name, (path, act) in SCREENS.items():
                    if only not in f"{name}-{size}-{scheme}":
                        continue
                    viewport: ViewportSize = {"width": width, "height": height}
                    context = browser.new_context(viewport=viewport, color_scheme=scheme, has_touch=size == "phone")
                    context.set_default_timeout(5_000)
                    label = f"{name}-{size}-{scheme}"
                    page = context.new_page()
                    try:
                        wrong += look(page, origin, label, path, act, source)
                        page.screenshot(path=shots / f"{label}.png")
                    except Exception as error:
                        wrong.append(f"{label}: {str(error).splitlines()[0]} {str(error)[-300:]}")
                    context.close()
        browser.close()
    print("\n".join(wrong) or "Nothing to complain about.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else ""))
