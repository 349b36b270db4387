"""Two tabs of one device: only one at a time may send (an MLS generation is used once)."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from browser.conftest import PASSPHRASE, Ward


async def _unlock(page: Page) -> None:
    await page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    await page.get_by_role("button", name=re.compile("^Unlock")).click()


async def test_a_second_tab_stays_locked_until_the_first_is_closed(ward: Ward) -> None:
    window = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    await ward.enrol(window, ward.riverbend)
    second = await window.context.new_page()
    await second.goto(ward.running.origin)
    await _unlock(second)
    await expect(second.get_by_role("alert")).to_contain_text("open in another tab")
    await expect(second.get_by_role("heading", name="Threads")).to_have_count(0)
    await window.page.close()
    await _unlock(second)
    await expect(second.get_by_role("heading", name="Threads")).to_be_visible(timeout=30_000)
