"""The browser's Back, and the phone's gesture for it, while something unsent stands; with made-up data."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.preview.attaching_acts import photographed, to_check, to_dicom, to_picture
from browser.preview.consent_acts import recording, widening_by_hand
from browser.preview.hands import button
from browser.preview.viewing_acts import drawn
from browser.screens import at_thread

ATTACH = "Leave without sending?"


def consent_begun(page: Page) -> None:
    recording(page)
    button(page, "Agreed")
    page.get_by_role("checkbox", name="Radiograph").check()


STANDING: dict[str, tuple[Callable[[Page], None], str, str]] = {
    "a picture that is described": (to_picture, ATTACH, "Attach: 2 of 3, picture"),
    "a picture that is checked": (to_check, ATTACH, "Attach: 3 of 3, check"),
    "a DICOM file that is looked at": (to_dicom, ATTACH, "A DICOM picture"),
    "a consent that is written": (consent_begun, "Leave without recording?", "Record a consent"),
}


def opened(page: Page, origin: str, title: str = "Wrist after a fall") -> None:
    page.goto(f"{origin}/?status=ready#/threads")
    page.get_by_role("link", name=re.compile(title)).click()


@pytest.mark.parametrize("what", STANDING)
def test_back_asks_before_what_is_unsent_is_lost(page: Page, origin: str, what: str) -> None:
    act, asked, title = STANDING[what]
    opened(page, origin)
    act(page)
    question = page.get_by_role("dialog", name=asked)
    for _ in range(2):
        page.go_back()
        expect(question).to_be_visible()
        button(page, "Stay here")
        expect(question).to_have_count(0)
        expect(page.get_by_role("dialog", name=title)).to_be_visible()
    page.go_back()
    question.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("dialog", name=asked)).to_have_count(0)
    expect(page.get_by_role("dialog", name=title)).to_have_count(0)
    before = "Consents in this thread" if act is consent_begun else ""
    expect(page.get_by_role("dialog", name=before)).to_have_count(1 if before else 0)
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("log")).to_be_visible(visible=before != "")


@pytest.mark.parametrize("way", ["Back of the browser", "Back", "Close"])
def test_a_photograph_that_was_taken_here_is_not_lost(page: Page, origin: str, way: str) -> None:
    opened(page, origin)
    photographed(page)
    if way == "Back of the browser":
        page.go_back()
    else:
        page.get_by_role("button", name=way, exact=True).click()
    expect(page.get_by_role("dialog", name=ATTACH)).to_be_visible()
    button(page, "Stay here")
    button(page, "Use it")
    expect(page.get_by_role("img", name="The picture that will be sent")).to_be_visible()


def test_marks_that_are_not_sent_are_asked_about(page: Page, origin: str) -> None:
    opened(page, origin, "Mole on the back")
    drawn(page)
    page.go_back()
    expect(page.get_by_role("dialog", name="Leave your marks?")).to_be_visible()
    button(page, "Keep drawing")
    expect(page.get_by_role("button", name="Send marks")).to_be_enabled()
    page.go_back()
    button(page, "Leave without sending")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("log")).to_be_visible()


def test_a_wider_consent_that_is_written_down_is_asked_about(page: Page, origin: str) -> None:
    opened(page, origin)
    widening_by_hand(page)
    for leave in (page.go_back, lambda: page.keyboard.press("Escape"), lambda: button(page, "Back")):
        leave()
        expect(page.get_by_role("dialog", name="Leave without recording?")).to_be_visible()
        button(page, "Stay here")
        expect(page.get_by_text("What was the answer?")).to_be_visible()


def test_what_was_sent_or_recorded_is_not_asked_about(page: Page, origin: str) -> None:
    opened(page, origin)
    to_check(page)
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("log")).to_be_hidden()


def test_escape_pressed_again_and_again_asks_each_time(page: Page, origin: str) -> None:
    """A browser lets a dialog refuse to be closed only once for each press of something in it."""
    at_thread(page, origin)
    to_picture(page)
    question = page.get_by_role("dialog", name=ATTACH)
    for _ in range(3):
        page.keyboard.press("Escape")
        expect(question).to_be_visible()
        page.keyboard.press("Escape")
        expect(question).to_have_count(0)
        expect(page.get_by_label("Radiograph (x-ray)")).to_be_visible()
    button(page, "Next: check")


def test_a_page_with_something_unsent_is_not_closed_without_a_word(page: Page, origin: str) -> None:
    at_thread(page, origin)
    to_picture(page)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.reload()")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Radiograph (x-ray)")).to_be_checked()
