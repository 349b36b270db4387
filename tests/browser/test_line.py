"""The line as a person sees it: gone when the network goes, before any heartbeat is missed, and back with it."""

from __future__ import annotations

import re

from playwright.async_api import expect

from browser.conftest import Ward
from browser.test_story import XRAY, new_thread, record_consent


async def test_the_network_that_goes_and_comes_is_shown_at_once(ward: Ward) -> None:
    window = await ward.window(ward.riverbend, "Ines Moreau", roles=("intern",))
    await ward.enrol(window, ward.riverbend)
    banner = window.page.get_by_role("banner")
    await expect(banner.get_by_text("Online")).to_be_visible()
    await window.context.set_offline(True)
    await expect(banner.get_by_text("What you write is kept here and will be sent")).to_be_visible(timeout=8_000)
    await window.context.set_offline(False)
    await expect(banner.get_by_text("Online")).to_be_visible(timeout=8_000)


async def test_a_picture_waits_for_the_line_is_paused_and_goes_on_by_keyboard(ward: Ward) -> None:
    window = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    await ward.enrol(window, ward.riverbend)
    await ward.enrol(await ward.window(ward.coastal, "Dr Samuel Okafor", roles=("surgeon",)), ward.coastal)
    await new_thread(window, "Case", "Fell from a horse", "okafor", "Okafor")
    await window.button("Attach an image").click()
    await window.button("Record a consent").click()
    await record_consent(window, "Dr Samuel Okafor")
    await window.button("Next: picture").click()
    await window.page.get_by_label("Picture file").set_input_files(XRAY)
    await window.page.get_by_role("radio", name=re.compile("Radiograph")).check()
    await window.button(re.compile("^Next")).click()
    await window.page.route("**/api/uploads/**", lambda route: route.abort())
    await window.button(re.compile("^Send")).last.click()
    await expect(window.page.get_by_role("dialog")).to_have_count(0)
    log = window.page.get_by_role("log", name="Messages")
    status = log.get_by_role("status")
    await expect(status).to_have_text("Line lost. It goes on by itself.", timeout=10_000)
    await window.button("Pause").press("Enter")
    await expect(status).to_have_text("Paused. What has arrived is kept.")
    sent = log.get_by_role("button", name="Open", exact=True)
    await window.page.unroute("**/api/uploads/**")
    await window.page.wait_for_timeout(2_000)
    await expect(sent).to_have_count(0)
    await window.button("Go on").press("Enter")
    await expect(sent).to_be_visible(timeout=20_000)
