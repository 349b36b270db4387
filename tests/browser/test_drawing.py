"""Drawing over an image: by finger or mouse, by keyboard alone; who is seen to have drawn what; with made-up data."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from browser.preview.hands import button
from browser.preview.viewing_acts import compared, drawn, drawn_by_key, marked
from browser.screens import AXE, at_thread

WORDS = "Words at the last mark"


def own(page: Page) -> Any:
    """What the screens handed over as this person's marks."""
    return page.evaluate(
        "window.madeUp.drawn.filter(({ person }) => person === window.madeUp.me).map((one) => one.marks)"
    )


def marks(page: Page) -> Any:
    return page.get_by_role("img", name=re.compile("Drawn on the image"))


def test_an_arrow_by_pointer_is_sent_in_pixels_of_the_picture(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    drawn(page)
    button(page, "Send marks")
    expect(page.get_by_role("group", name="Draw on the picture")).to_have_count(0)
    expect(page.get_by_role("group", name="Marks by").get_by_role("button", name="You")).to_be_visible()
    ((arrow,),) = own(page)
    assert (arrow["kind"], arrow["text"]) == ("arrow", "satellite")
    box = page.locator("dialog .stage").bounding_box() or {}
    scale = min(box["width"] / 900, box["height"] / 1200)
    across = arrow["end"]["x"] - arrow["start"]["x"]
    assert abs(across - box["width"] * 0.15 / scale) < 3
    assert arrow["end"]["y"] < arrow["start"]["y"]
    expect(marks(page)).to_have_accessible_name(re.compile(r"You\. Drawn .* Arrow to \d+, \d+: satellite", re.DOTALL))


def test_a_line_by_keyboard_is_measured_where_the_picture_is_calibrated(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    drawn_by_key(page)
    expect(page.locator("svg text", has_text="241 pixels, 48.2 mm")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")  # out of drawing, not out of the viewer, and not without a question
    button(page, "Leave without sending")
    expect(page.get_by_role("button", name="Draw")).to_be_focused()
    assert own(page) == []
    button(page, "Picture 1")
    button(page, "Draw")
    button(page, "Line")
    page.get_by_role("application").focus()
    for key in ("Enter", "Alt+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("svg text", has_text="1 pixels, not calibrated")).to_be_visible()
    button(page, "Send marks")
    assert own(page) == [[{"kind": "line", "start": {"x": 450, "y": 650}, "end": {"x": 451, "y": 650}}]]


def test_marks_that_are_not_sent_are_not_lost_by_a_slip(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    drawn(page)
    button(page, "Close")
    expect(page.get_by_text("They are not sent: nobody else has seen them.")).to_be_visible()
    button(page, "Keep drawing")
    button(page, "Send marks")
    assert len(own(page)) == 1
    button(page, "Close")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_words_are_asked_for_and_are_text(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    marked(page)
    expect(page.locator("svg text", has_text="Excise with <b>2 mm</b>")).to_be_visible()
    button(page, "Draw")
    button(page, "Words")
    page.get_by_role("application").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label(WORDS)).to_be_focused()
    expect(page.get_by_role("button", name="Send marks")).to_be_disabled()
    page.keyboard.type("Here + there - 0")  # keys of the viewer are letters here
    button(page, "Send marks")
    assert own(page) == [[{"kind": "words", "at": {"x": 450, "y": 650}, "text": "Here + there - 0"}]]
    expect(page.get_by_text("100%")).to_be_visible()


def test_each_ones_marks_are_shown_and_hidden_and_go_with_the_focus(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    marked(page)
    lin = page.get_by_role("group", name="Marks by").get_by_role("button", name="Dr Lin Wei")
    lin.click()
    expect(lin).to_have_attribute("aria-pressed", "false")
    expect(page.locator("svg text", has_text="irregular edge")).to_have_count(0)
    expect(page.locator("svg text", has_text="Excise")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(marks(page)).to_have_count(0)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(marks(page)).to_have_count(1)
    page.evaluate("window.madeUp.endViewing('consent_not_current')")
    expect(page.get_by_text("The image was closed.")).to_be_visible()
    expect(marks(page)).to_have_count(0)
    expect(page.get_by_role("group", name="Marks by")).to_have_count(0)
    expect(page.get_by_role("button", name="Draw")).to_be_disabled()


def test_what_was_drawn_is_changed_and_taken_back(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    drawn(page)
    button(page, "Send marks")
    for undone in ("Send marks", "Take back"):
        button(page, "Draw")
        if undone == "Send marks":
            page.get_by_label(WORDS).fill("another")
        else:
            button(page, "Undo")
        button(page, undone)
        expect(page.get_by_role("group", name="Draw on the picture")).to_have_count(0)
        assert [one["text"] for layer in own(page) for one in layer] == (["another"] if undone == "Send marks" else [])
    page.keyboard.press("Escape")
    expect(page.get_by_text("Took back the marks on Photograph, back.")).to_be_visible()
    expect(page.get_by_text("Drew on Photograph, back: 1 mark.").first).to_be_visible()
    assert "another" not in page.get_by_role("log").inner_text()


def test_the_pixels_are_the_same_with_and_without_marks(page: Page, origin: str) -> None:
    page.clock.set_fixed_time("2026-05-01T10:00:00Z")
    at_thread(page, origin, 9)
    marked(page)
    pixels = "document.querySelector('dialog section canvas').toDataURL()"
    before = page.evaluate(pixels)
    for name in ("Dr Lin Wei", "Dr Amara Okafor"):
        page.get_by_role("group", name="Marks by").get_by_role("button", name=name).click()
    expect(marks(page)).to_have_count(0)
    assert page.evaluate(pixels) == before


def test_marks_follow_the_picture_that_is_chosen_in_a_comparison(page: Page, origin: str) -> None:
    at_thread(page, origin, 9)
    compared(page)
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    expect(page.get_by_role("group", name="Marks by")).to_be_visible()
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []
