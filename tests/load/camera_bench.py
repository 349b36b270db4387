"""A 12-megapixel photograph in the product itself, in Chromium: from the shutter to sealed, from message to shown.

Both people's windows, the server and the camera (a file) share this machine; the floor runs in the same browser, after
each photograph, on the same pixels.
"""

from __future__ import annotations

import base64
import re
import statistics
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from browser.chromium import WHOLE
from browser.conftest import ARGUMENTS, Ward, Window, ward_of
from browser.test_camera import at_picture_step, video
from browser.test_story import CASE
from world.running import CLIENT

HERE = Path(__file__).resolve().parent
SENSOR = (4000, 3000)
RUNS = 12
Figures = tuple[float, float]
"""p50 and p99, milliseconds; of a dozen the latter is little but the slowest."""
SODIUM = [
    CLIENT.parent / "node_modules" / path
    for path in (
        "libsodium-sumo/dist/modules-sumo/libsodium-sumo.js",
        "libsodium-wrappers-sumo/dist/modules-sumo/libsodium-wrappers.js",
    )
]


def photograph() -> Image.Image:
    """As hard to code as a real one: the sample x-ray under the grain of a sensor."""
    with Image.open(CLIENT.parent / "public" / "sample-xray.jpg") as xray:
        plain = xray.convert("RGB").resize(SENSOR)
    return Image.blend(plain, Image.effect_noise(SENSOR, 60).convert("RGB"), 0.15)


async def evaluate(window: Window, expression: str) -> Any:
    """By the DevTools protocol, outside the page's Content-Security-Policy."""
    session = await window.context.new_cdp_session(window.page)
    asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
    answer = await session.send("Runtime.evaluate", asked)
    await session.detach()
    if "exceptionDetails" in answer:
        raise RuntimeError(str(answer["exceptionDetails"]["exception"]))
    return answer["result"].get("value")


async def measure(database_url: str, folder: Path) -> tuple[list[tuple[str, Figures, Figures]], str]:
    """Rows (what, InScope, the floor), and what the photographs were."""
    grain = photograph()
    (folder / "camera.y4m").write_bytes(video(grain, SENSOR, rate=5))
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={folder / 'camera.y4m'}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=WHOLE, args=[*ARGUMENTS, *camera])
        async with ward_of(browser, folder, database_url) as ward:
            return await _photographs(ward, await _floor_page(browser), grain)


async def _photographs(ward: Ward, floor: Page, grain: Image.Image) -> tuple[list[tuple[str, Figures, Figures]], str]:
    intern, specialist = await at_picture_step(ward, "camera")
    await specialist.page.get_by_role("link", name=re.compile(CASE)).click()
    for window in (intern, specialist):
        await evaluate(window, (HERE / "camera_watch.js").read_text("utf-8"))
    ours, least = [], []
    for number in range(RUNS):
        if number:
            await intern.button("Attach an image").click()
            await intern.button("Next: picture").click()
        taken, seal = await _take_and_send(intern)
        await expect(specialist.page.get_by_role("figure")).to_have_count(number + 1, timeout=60_000)
        shown = await evaluate(specialist, "shown()")
        await specialist.page.keyboard.press("Escape")
        ours.append((taken["ms"] + seal, shown["ms"]))
        plain = await _floor(floor, grain, taken, shown)
        least.append((plain["seal"], plain["show"]))
    (seals, shows), (least_seals, least_shows) = zip(*ours, strict=True), zip(*least, strict=True)
    said = f"{taken['width']} x {taken['height']} of {SENSOR[0]} x {SENSOR[1]}, {plain['bytes'] / 1e6:.1f} MB"
    return [
        ("shutter to sealed", _p50_p99(seals), _p50_p99(least_seals)),
        ("message to shown", _p50_p99(shows), _p50_p99(least_shows)),
    ], f"{said}, {RUNS} runs"


async def _floor(page: Page, grain: Image.Image, taken: dict[str, Any], shown: dict[str, Any]) -> dict[str, float]:
    """{seal, show, bytes}, of the picture as large as the camera gave it, on a canvas as large as the viewer's."""
    held = BytesIO()
    grain.resize((taken["width"], taken["height"])).save(held, "JPEG", quality=92)
    asked = [base64.b64encode(held.getvalue()).decode(), {"width": shown["width"], "height": shown["height"]}]
    plain: dict[str, float] = await page.evaluate("([jpeg, size]) => floor(jpeg, size)", asked)
    return plain


async def _take_and_send(intern: Window) -> tuple[dict[str, Any], float]:
    """What was taken, and the milliseconds from Send to sealed: what a person does between is not counted."""
    await intern.button("Take a photograph").click()
    await expect(intern.button("Take the photograph")).to_be_enabled(timeout=60_000)
    taken = await evaluate(intern, "taken()")
    await intern.button("Use it").click()
    await intern.page.get_by_role("radio", name=re.compile("Radiograph")).check()
    await intern.button("Next: check").click()
    await expect(intern.button("Send image")).to_be_enabled()
    seal = await evaluate(intern, "sealed()")
    await expect(intern.page.get_by_role("dialog")).to_have_count(0, timeout=60_000)
    return taken, seal


async def _floor_page(browser: Browser) -> Page:
    page = await browser.new_page()
    for source in (*SODIUM, HERE / "camera_floor.js"):
        await page.add_script_tag(path=source)
    return page


def _p50_p99(times: Sequence[float]) -> Figures:
    return statistics.median(times), statistics.quantiles(times, n=100, method="inclusive")[98]
