"""One image, opened: how it is shown, closed and forgotten; with made-up data."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from browser.preview.hands import button, until
from browser.preview.viewing_acts import compared, previewed, series_viewed, viewed
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
    until(page, "window.madeUp.watched === 1")  # once it is decoded
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


def test_thumbnails_are_of_what_was_opened_and_go_with_the_viewer(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    viewed(page)
    strip = page.get_by_role("list", name="Pictures of this patient")
    expect(strip.get_by_role("button")).to_have_count(3)
    expect(strip.locator("canvas")).to_have_count(1)
    expect(strip.get_by_role("button", name="not open")).to_have_count(2)
    assert page.evaluate("window.madeUp.opened") == 1
    button(page, "Picture 3")
    expect(strip.locator("canvas")).to_have_count(2)
    assert page.evaluate("window.madeUp.opened") == 2
    button(page, "Picture 1")  # held, and not asked for again
    expect(page.locator("section canvas")).to_have_count(1)
    assert page.evaluate("window.madeUp.opened") == 2
    page.evaluate("window.drawn = [...document.querySelectorAll('canvas')]")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    for canvas in page.locator("canvas").all():
        expect(canvas).to_have_css("filter", re.compile("blur"))
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("drawn.map((canvas) => canvas.width * canvas.height)") == [0, 0, 0]
    assert page.evaluate("window.madeUp.watched") == 0


def test_of_large_pictures_only_so_many_pixels_are_held(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    page.evaluate("""() => window.madeUp.messages(location.hash.split('/')[2]).flatMap(({ body }) => body.images ?? [])
        .forEach(({ disclosure }) => window.madeUp.settleFiling(disclosure, { width: 6000, height: 4000 }))""")
    series_viewed(page)  # the first, the second, and the first again: one of them fits
    strip = page.get_by_role("list", name="Pictures of this patient")
    until(page, "window.madeUp.opened === 3")
    expect(strip.locator("canvas")).to_have_count(2)
    assert page.evaluate("window.madeUp.watched") == 2


def test_what_acts_on_both_pictures_is_said_in_words_in_one_row(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    compared(page)
    together = page.get_by_role("button", name="Together")
    assert together.inner_text().strip() == "Together"
    row = page.locator("footer button")
    assert len({round((one.bounding_box() or {})["y"]) for one in row.all()}) == 1


def test_two_pictures_are_compared_each_in_its_own_way_or_together(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    compared(page)  # together, and zoomed once
    first, second = (page.locator("dialog section").nth(n) for n in (0, 1))
    pixels = [one.locator("canvas").evaluate("(canvas) => canvas.toDataURL()") for one in (first, second)]
    assert pixels[0] == pixels[1]  # the same sample, the same look
    button(page, "Together")
    page.keyboard.press("-")
    expect(page.get_by_text("100%")).to_be_visible()
    second.get_by_role("button", name="B ").click()
    expect(page.get_by_text("140%")).to_be_visible()
    pixels = [one.locator("canvas").evaluate("(canvas) => canvas.toDataURL()") for one in (first, second)]
    assert pixels[0] != pixels[1]
    page.keyboard.press("PageDown")  # the third takes the place of the second
    expect(second).to_have_accessible_name(re.compile("^B"))
    assert page.evaluate("window.madeUp.opened") == 3


def test_what_ends_takes_every_picture_and_thumbnail_of_the_comparison(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    compared(page)
    page.evaluate("window.drawn = [...document.querySelectorAll('canvas')]")
    page.evaluate("window.madeUp.endViewing('consent_not_current')")
    expect(page.get_by_text("The image was closed. Messages go on.")).to_have_count(2)
    expect(page.locator("dialog canvas")).to_have_count(0)
    assert page.evaluate("drawn.every((canvas) => canvas.width * canvas.height === 0)")


def test_a_picture_that_closes_for_good_leaves_the_other_open(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    compared(page)
    page.evaluate("window.drawn = [...document.querySelectorAll('canvas')]")
    page.evaluate("window.madeUp.removeImage(location.hash.split('/')[4])")
    expect(page.get_by_role("dialog").get_by_text("taken out")).to_be_visible()
    expect(page.locator("dialog section canvas")).to_have_count(1)
    expect(page.get_by_role("list", name="Pictures of this patient").locator("canvas")).to_have_count(1)


def test_a_series_is_opened_and_compared_by_keyboard_alone(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    viewed(page)
    page.keyboard.press("PageDown")
    expect(page.get_by_role("button", name="Picture 2")).to_have_attribute("aria-pressed", "true")
    compare = page.get_by_role("button", name="Compare")
    for _ in range(12):
        if compare.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(compare).to_have_attribute("aria-pressed", "true")
    expect(page.locator("dialog section canvas")).to_have_count(2)


WIDTH = "document.querySelector('section canvas').width"
PIXELS = "document.querySelector('section canvas').toDataURL()"


def test_on_a_slow_line_the_preview_comes_first_and_the_picture_takes_its_place(page: Page, origin: str) -> None:
    at_thread(page, origin)
    previewed(page)
    dialog = page.get_by_role("dialog")
    assert page.evaluate("madeUp.renditions") == ["preview"]
    expect(dialog.get_by_role("img", name=re.compile("a preview"))).to_have_count(1)
    full = dialog.get_by_role("button", name="Show the full picture (1.2 MB, about 40 s)")
    button(page, "Zoom in")
    page.keyboard.press("ArrowUp")
    before = page.evaluate(PIXELS)
    page.evaluate("madeUp.slow = 600_000")
    full.press("Enter")
    expect(dialog.get_by_text("The full picture is coming…")).to_be_visible()
    assert page.evaluate(WIDTH) > 100  # the preview stays until then
    expect(dialog.get_by_text("Preview only")).to_have_count(0, timeout=10_000)
    assert page.evaluate("madeUp.renditions") == ["preview", "full"]
    expect(page.get_by_text("140%")).to_be_visible()
    assert page.evaluate(PIXELS) != before
    assert page.evaluate("madeUp.watched") == 1


def test_a_picture_that_comes_quickly_keeps_nobody_at_its_preview(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.evaluate("madeUp.slow = 2_400_000; madeUp.enlarge(madeUp.images[0].disclosure)")
    viewed(page)
    expect(page.get_by_role("dialog").get_by_text("Preview only")).to_have_count(0)
    until(page, "madeUp.renditions.length === 2")
    until(page, "madeUp.watched === 1")
    assert page.evaluate("madeUp.renditions") == ["preview", "full"]
    page.keyboard.press("Escape")
    viewed(page)  # the line is known now
    assert page.evaluate("madeUp.renditions") == ["preview", "full", "full"]


def test_the_full_picture_is_given_up_and_the_preview_stays(page: Page, origin: str) -> None:
    at_thread(page, origin)
    previewed(page)
    button(page, "Show the full picture")
    button(page, "Stop")
    expect(page.get_by_role("button", name="Show the full picture")).to_be_visible()
    assert page.evaluate(WIDTH) > 100
    assert page.evaluate("madeUp.watched") == 1


def test_a_preview_ends_with_its_consent_and_what_comes_in_its_place_is_dropped(page: Page, origin: str) -> None:
    at_thread(page, origin)
    previewed(page)
    page.evaluate("window.canvas = document.querySelector('section canvas')")
    button(page, "Show the full picture")
    page.evaluate("madeUp.endViewing('consent_not_current')")
    expect(page.get_by_role("dialog")).to_contain_text("The image was closed. Messages go on.")
    assert page.evaluate("canvas.width * canvas.height") == 0
    page.wait_for_timeout(1_000)
    expect(page.locator("section canvas")).to_have_count(0)
    assert page.evaluate("madeUp.watched") == 0


def test_marks_lie_where_they_lie_on_the_picture(page: Page, origin: str) -> None:
    """Drawn on a preview, in the pixels of the picture."""
    at_thread(page, origin)
    previewed(page)
    button(page, "Draw")
    for key in ("Enter", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    button(page, "Send marks")
    marks = page.evaluate("madeUp.drawn.at(-1).marks")
    assert [(mark["start"]["x"], mark["start"]["y"]) for mark in marks] == [(450, 600)]  # the middle of 900 x 1200
