"""The line as a person sees it: gone when the network goes, before any heartbeat is missed, and back with it."""

from __future__ import annotations

from playwright.async_api import expect

from browser.conftest import Ward


async def test_the_network_that_goes_and_comes_is_shown_at_once(ward: Ward) -> None:
    window = await ward.window(ward.riverbend, "Ines Moreau", roles=("intern",))
    await ward.enrol(window, ward.riverbend)
    banner = window.page.get_by_role("banner")
    await expect(banner.get_by_text("Online")).to_be_visible()
    await window.context.set_offline(True)
    await expect(banner.get_by_text("What you write is kept here and will be sent")).to_be_visible(timeout=8_000)
    await window.context.set_offline(False)
    await expect(banner.get_by_text("Online")).to_be_visible(timeout=8_000)
