"""A photograph on a line of 256 kbit/s, real browsers, the real server: its preview first, itself on a key (S7.1)."""

from __future__ import annotations

import io
import os
import re
import time

from PIL import Image
from playwright.async_api import expect
from sqlalchemy import select

from browser.conftest import DESKTOP, Ward
from browser.test_story import new_thread, record_consent
from inscope_protocol.sealing import sealed_size
from inscope_server.images.pieces import upload_of
from inscope_server.images.store import disclosures


def photograph() -> bytes:
    """Grain over a slope, 1600 by 1200: some 400 kB as JPEG."""
    grain = Image.frombytes("L", (400, 300), os.urandom(120_000)).resize((1600, 1200), Image.Resampling.BICUBIC)
    picture = Image.blend(Image.linear_gradient("L").resize((1600, 1200)), grain, 0.4)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    return out.getvalue()


async def test_the_preview_first_and_the_picture_on_a_key(ward: Ward) -> None:
    ines = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    await ward.enrol(ines, ward.riverbend)
    samuel = await ward.window(ward.coastal, "Dr Samuel Okafor", DESKTOP, roles=("surgeon",))
    await ward.enrol(samuel, ward.coastal)
    await new_thread(ines, "Case", "Fell from a horse", "okafor", "Okafor")
    await ines.button("Attach an image").click()
    await ines.button("Record a consent").click()
    await record_consent(ines, "Dr Samuel Okafor")
    await ines.button("Next: picture").click()
    picture = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    await ines.page.get_by_label("Picture file").set_input_files(picture)
    await ines.page.get_by_role("radio", name=re.compile("Radiograph")).check()
    await ines.button(re.compile("^Next")).click()
    await ines.button(re.compile("^Send")).last.click()
    await expect(ines.page.get_by_role("button", name="Open", exact=True)).to_be_visible(timeout=20_000)
    await _is_a_pair(ward)

    page = samuel.page
    await page.get_by_role("link", name=re.compile("Fell from a horse")).click()
    line = await samuel.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 600, "downloadThroughput": 32_000, "uploadThroughput": 32_000}
    await line.send("Network.emulateNetworkConditions", slow)
    began = time.monotonic()
    await page.get_by_role("button", name="Open", exact=True).click()
    await expect(page.get_by_text("Preview only: fine detail is missing.")).to_be_visible(timeout=15_000)
    first = time.monotonic() - began
    await samuel.shot("preview-desktop")
    await page.keyboard.press("+")
    await samuel.button(re.compile(r"^Show the full picture \(\d+ kB, about \d+")).press("Enter")
    await expect(page.get_by_text("The full picture is coming…")).to_be_visible()
    await expect(page.get_by_text("Preview only")).to_have_count(0, timeout=60_000)
    await expect(page.get_by_text("140%")).to_be_visible()
    print(f"first picture after {first:.1f} s, the full one asked for at once after {time.monotonic() - began:.1f} s")
    await ines.button("Who has seen it").click()
    seen = ines.page.get_by_role("dialog").get_by_role("listitem")
    await expect(seen).to_have_text([re.compile("Opened the preview"), re.compile("Opened the full picture")])
    assert samuel.errors == []


async def _is_a_pair(ward: Ward) -> None:
    """Two disclosures of one image; the preview in the smallest bucket."""
    async with ward.running.server.database.read() as tx:
        rows = await tx.all(select(disclosures).order_by(disclosures.c.preview_of.is_not(None)))
        sizes = [(await upload_of(tx, row.blob)).size for row in rows]
    assert [row.preview_of for row in rows] == [None, rows[0].disclosure]
    assert rows[0].image == rows[1].image
    assert sizes[1] == sealed_size(1) < sizes[0]
