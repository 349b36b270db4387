"""The camera inside the application, fed with a picture: from the shutter to the other side's screen, after consent."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from browser.camera_files import COLOURS, upright
from browser.chromium import WHOLE
from browser.conftest import ARGUMENTS, DESKTOP, Ward, Window, in_browsers_loop
from browser.test_story import CASE, assert_clean, new_thread, record_consent

PHOTOGRAPH = Path(__file__).parents[3] / "shared" / "data" / "exif" / "DSCN0010.jpg"
FACE = (640, 480)
DEVICES = {"camera", "display-capture", "geolocation", "hid", "microphone", "midi", "payment", "serial", "usb"}
COUNT_LIVE = (
    "document.querySelector('video')?.srcObject?.getTracks().filter((one) => one.readyState === 'live').length ?? 0"
)


def video(picture: Image.Image, size: tuple[int, int] = FACE, rate: int = 30) -> bytes:
    """Two frames of YUV4MPEG2, 4:2:0, limited range: what Chromium's fake camera plays."""
    y, cb, cr = picture.resize(size).convert("YCbCr").split()
    half = (size[0] // 2, size[1] // 2)
    planes = [y.point([16 + round(v * 219 / 255) for v in range(256)]).tobytes()]
    chroma = [16 + round(v * 224 / 255) for v in range(256)]
    planes += [plane.resize(half).point(chroma).tobytes() for plane in (cb, cr)]
    return b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420mpeg2\n" % (*size, rate) + 2 * (b"FRAME\n" + b"".join(planes))


@in_browsers_loop
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """In place of the other tests' browser: its camera sees four colours. Permission is each context's to give."""
    (tmp_path / "camera.y4m").write_bytes(video(upright()))
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={tmp_path / 'camera.y4m'}"]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=WHOLE, args=[*ARGUMENTS, *camera])
        yield chromium
        await chromium.close()


async def at_picture_step(ward: Ward, *allowed: str) -> tuple[Window, Window]:
    """A case with a consent that covers both; the sender's dialog asks for a picture."""
    intern = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",), permissions=list(allowed))
    await ward.enrol(intern, ward.riverbend)
    specialist = await ward.window(ward.coastal, "Dr Samuel Okafor", DESKTOP, roles=("surgeon",))
    await ward.enrol(specialist, ward.coastal)
    await new_thread(intern, "Case", CASE, "okafor", "Okafor")
    await intern.button("Attach an image").click()
    await expect(intern.button("Take a photograph")).to_have_count(0)
    await intern.button("Record a consent").click()
    await record_consent(intern, "Dr Samuel Okafor")
    await intern.button("Next: picture").click()
    return intern, specialist


async def evaluate(window: Window, expression: str) -> object:
    """By the DevTools protocol, outside the page's Content-Security-Policy."""
    session = await window.context.new_cdp_session(window.page)
    answer = await session.send("Runtime.evaluate", {"expression": expression, "returnByValue": True})
    await session.detach()
    return answer["result"].get("value")


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def test_a_photograph_arrives_by_keyboard_alone_and_leaves_nothing_behind(ward: Ward) -> None:
    intern, specialist = await at_picture_step(ward, "camera")
    page = intern.page
    downloads: list[object] = []
    page.on("download", lambda download: downloads.append(download))
    await intern.button("Take a photograph").focus()
    await press(page, "Enter")
    await expect(intern.button("Take the photograph")).to_be_focused(timeout=20_000)
    assert await evaluate(intern, COUNT_LIVE) == 1
    await intern.shot("camera")
    await evaluate(intern, "window.seen = document.querySelector('video').srcObject")
    await press(page, "Enter")
    await expect(intern.button("Use it")).to_be_focused(timeout=20_000)
    assert await evaluate(intern, "seen.getTracks().every((one) => one.readyState === 'ended')")
    await intern.shot("camera-taken")
    await press(page, "Enter")
    await page.get_by_role("radio", name=re.compile("Radiograph")).check()
    await expect(page.get_by_label("Taken")).not_to_have_value("")
    await intern.button("Next: check").click()
    await intern.button("Send image").click()
    await expect(page.get_by_role("figure")).to_be_visible(timeout=20_000)
    assert downloads == []
    assert await evaluate(intern, "document.querySelectorAll('video, img').length") == 0
    assert (
        await evaluate(
            intern, "performance.getEntriesByType('resource').filter(({ name }) => name.startsWith('blob:')).length"
        )
        == 0
    )
    await arrives(specialist)
    assert_clean(ward)


async def arrives(window: Window) -> None:
    """The four colours stand where the camera saw them, under the viewer's name."""
    page = window.page
    await page.get_by_role("link", name=re.compile(CASE)).click()
    await page.get_by_role("figure").get_by_role("button", name="Open", exact=True).click()
    await expect(page.get_by_text("Opening…")).to_have_count(0, timeout=20_000)
    await window.shot("camera-viewer")
    canvas = page.locator("dialog canvas")
    picture = Image.open(io.BytesIO(await canvas.screenshot())).convert("RGB")
    width, height = picture.size
    side = min(width / 4, height / 3)
    for (x, y), colour in zip([(-1, -1), (1, -1), (-1, 1), (1, 1)], COLOURS.values(), strict=True):
        at = (round(width / 2 + x * side * 1.2), round(height / 2 + y * side * 0.9))
        patch = picture.crop((at[0] - 12, at[1] - 12, at[0] + 12, at[1] + 12)).resize((1, 1)).getpixel((0, 0))
        assert isinstance(patch, tuple)
        assert min(COLOURS.values(), key=lambda one: sum(abs(a - b) for a, b in zip(one, patch, strict=True))) == colour


async def running(window: Window, name: str) -> None:
    """Presses what turns the camera on, and keeps hold of its stream."""
    await window.button(name).click()
    await expect(window.button("Take the photograph")).to_be_enabled(timeout=20_000)
    await evaluate(window, "window.seen = document.querySelector('video').srcObject")


async def assert_off(window: Window) -> None:
    await expect(window.page.locator("video")).to_have_count(0)
    assert await evaluate(window, "seen.getTracks().every((one) => one.readyState === 'ended')")


async def test_the_camera_is_off_as_soon_as_nobody_looks(ward: Ward) -> None:
    intern, _ = await at_picture_step(ward, "camera")
    page = intern.page
    await running(intern, "Take a photograph")
    await evaluate(intern, "window.dispatchEvent(new Event('blur'))")
    await expect(page.get_by_text("The camera is off while you are in another window.")).to_be_visible()
    await assert_off(intern)
    await intern.shot("camera-off")
    await running(intern, "Turn the camera on")
    hidden = "Object.defineProperty(document, 'hidden', { value: true, configurable: true })"
    seen = "delete document.hidden"
    await evaluate(intern, f"{hidden}; document.dispatchEvent(new Event('visibilitychange')); {seen}")
    await assert_off(intern)
    await running(intern, "Turn the camera on")
    await intern.button("Cancel").click()
    await assert_off(intern)
    await intern.button("Attach an image").click()
    await intern.button("Next: picture").click()
    await running(intern, "Take a photograph")
    lock = (
        "[...document.querySelectorAll('button')].find((one) => one.ariaLabel === 'Lock' || one.innerText === 'Lock')"
    )
    await evaluate(intern, f"{lock}.click()")
    await expect(page.get_by_label("Passphrase", exact=True)).to_be_visible()
    await assert_off(intern)
    assert_clean(ward)


async def test_a_refused_camera_says_what_to_do(ward: Ward) -> None:
    intern, _ = await at_picture_step(ward)
    page = intern.page
    await intern.button("Take a photograph").click()
    await expect(page.get_by_text("The camera is not allowed here.")).to_be_visible(timeout=20_000)
    allowed = await evaluate(intern, "document.featurePolicy.allowedFeatures()")
    assert isinstance(allowed, list)
    assert DEVICES & set(allowed) == {"camera"}
    await intern.shot("camera-refused")
    async with page.expect_file_chooser() as choosing:
        await intern.button("Choose a file instead").click()
    picture = io.BytesIO()
    upright().save(picture, "JPEG")
    await (await choosing.value).set_files({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    await expect(page.get_by_role("img", name="The picture that will be sent")).to_be_visible(timeout=20_000)
    assert_clean(ward)
