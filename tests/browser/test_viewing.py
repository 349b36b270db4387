"""One image, opened: how it is shown, closed and forgotten; with made-up data."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from browser.preview.look import button, viewed
from browser.screens import at_thread


def test_an_image_is_never_opened_by_an_address(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    page.reload()
    expect(page.get_by_role("log")).to_be_visible()
    assert page.locator("canvas").count() == 0


def test_the_viewer_closes_with_escape_and_blurs_out_of_focus(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    page.evaluate("window.canvas = document.querySelector('canvas')")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.locator("canvas")).to_have_css("filter", re.compile("blur"))
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("canvas")).to_have_css("filter", "none")
    page.keyboard.press("+")
    expect(page.get_by_text("140%")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("canvas.width * canvas.height") == 0


def test_one_look_is_one_opening(page: Page, origin: str) -> None:
    """Messages that arrive while the viewer is open do not ask for the image again: each asking is logged."""
    at_thread(page, origin)
    viewed(page)
    for _ in range(3):
        page.evaluate("window.madeUp.sendText('x', 'y')")
        page.wait_for_timeout(100)
    assert page.evaluate("window.madeUp.opened") == 1
    assert page.evaluate("document.querySelector('canvas').width") > 100


def test_pixels_are_forgotten_when_the_consent_is_not_known_to_stand(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    page.evaluate("window.canvas = document.querySelector('canvas')")
    assert page.evaluate("canvas.width * canvas.height") > 100
    page.evaluate("window.madeUp.endViewing('consent_not_current')")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The image was closed. Messages go on.")
    expect(dialog).to_contain_text("could not be made sure")
    expect(page.locator("canvas")).to_have_count(0)
    assert page.evaluate("canvas.width * canvas.height") == 0
    assert page.evaluate("window.madeUp.watched") == 0
    button(page, "Open it again")
    expect(page.locator("canvas")).to_have_count(1)
    page.wait_for_function("window.madeUp.watched === 1")  # once it is decoded
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("window.madeUp.watched") == 0
    page.get_by_label("Message", exact=True).fill("Goes on")


def test_the_viewers_name_is_on_the_picture(page: Page, origin: str) -> None:
    """The mark is drawn into the picture, not laid over it: another viewer's pixels are others, at the same instant."""
    page.clock.set_fixed_time("2026-05-01T10:00:00Z")
    pictures = []
    for name in ("Dr Ilya Novak", "Dr Ilya Novak", "Dr Somebody Else"):
        page.goto("about:blank")
        at_thread(page, origin)
        page.evaluate("name => { window.madeUp.me.name = name }", name)
        viewed(page)
        page.wait_for_timeout(200)
        pictures.append(page.evaluate("document.querySelector('canvas').toDataURL()"))
    assert pictures[0] == pictures[1] != pictures[2]


def test_the_viewer_says_whose_picture_it_is_and_of_when(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile(r"^Mr Test Patient · taken .*\d"))).to_be_visible()
    assert "Test" not in page.url
