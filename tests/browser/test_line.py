"""The line as a person sees it: gone at once when the network goes, and back at once with it."""

from __future__ import annotations

from playwright.async_api import expect

from browser.conftest import Ward


async def test_the_network_that_goes_and_comes_is_shown_at_once(ward: Ward) -> None:
    window = await ward.window(ward.riverbend, "Ines Moreau", roles=("intern",))
    await ward.enrol(window, ward.riverbend)
    banner = window.page.get_by_role("banner")
    await expect(banner.get_by_text("Online")).to_be_visible()
    await window.context.set_offline(True)
    await expect(banner.get_by_text("What you write is kept here and will be sent")).to_be_visible(timeout=2_000)
    await window.context.set_offline(False)
    await expect(banner.get_by_text("Online")).to_be_visible(timeout=4_000)


async def test_a_line_that_died_without_a_word_shows_within_ten_seconds(ward: Ward) -> None:
    engine = ward.running.server.socket.server.eio
    window = await ward.window(ward.riverbend, "Ines Moreau", roles=("intern",))
    await ward.enrol(window, ward.riverbend)
    banner = window.page.get_by_role("banner")
    await expect(banner.get_by_text("Online")).to_be_visible()
    connections = set(engine.sockets)
    await window.page.wait_for_timeout(12_000)
    assert set(engine.sockets) == connections  # It hears the server's pings, and so it stays.
    engine.ping_interval = 3600
    await expect(banner.get_by_text("Offline", exact=True)).to_be_visible(timeout=11_000 + 5_000)
