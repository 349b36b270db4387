"""What the screens do by themselves, seen with made-up data under the product's CSP: no server takes part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.preview.hands import button, thread
from browser.preview.look import look
from browser.preview.screen_table import SCREENS
from browser.preview.viewing_acts import viewed
from browser.screens import AXE, at_thread


def test_names_and_texts_are_never_markup(page: Page, origin: str) -> None:
    at_thread(page, origin)
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("[role=log] img, [role=log] a, [role=log] b").count() == 0
    assert page.locator("nav b").count() == 0


def test_lock_leaves_nothing_in_the_page(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    page.evaluate("window.canvas = document.querySelector('canvas')")
    assert page.evaluate("canvas.width * canvas.height") > 1000
    page.evaluate("window.madeUp.lock()")
    expect(page.get_by_role("heading", name="Unlock InScope")).to_be_visible()
    assert page.evaluate("canvas.width * canvas.height") == 0
    text = page.evaluate("document.documentElement.outerHTML")
    assert [word for word in ("Wrist after a fall", "Test Patient", "Okafor") if word in text] == []
    page.get_by_label("Passphrase", exact=True).fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_it_locks_by_itself_when_idle(page: Page, origin: str) -> None:
    page.clock.install()
    at_thread(page, origin)
    page.clock.run_for(4 * 60_000)
    expect(page.get_by_role("log")).to_be_visible()
    page.clock.run_for(61_000)
    expect(page.get_by_role("heading", name="Unlock InScope")).to_be_visible()


def test_a_key_pressed_puts_the_lock_off(page: Page, origin: str) -> None:
    page.clock.install()
    at_thread(page, origin)
    page.clock.run_for(4 * 60_000)
    page.keyboard.press("Shift")
    page.clock.run_for(4 * 60_000)
    expect(page.get_by_role("log")).to_be_visible()


def test_back_closes_panels_and_leaves_the_thread(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/threads")
    page.get_by_role("link", name=re.compile("Wrist after a fall")).click()
    button(page, "3 people see this")
    expect(page.get_by_role("dialog", name="Who can see this")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("log")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("log")).to_be_hidden()
    expect(page.get_by_role("button", name="New thread")).to_be_visible()


def test_on_the_narrowest_phone_nothing_of_a_thread_is_cut_off(page: Page, origin: str) -> None:
    """WCAG 2.2, 1.4.10: 320 pixels wide, without scrolling sideways."""
    page.set_viewport_size({"width": 320, "height": 640})
    at_thread(page, origin)
    seen = [one for one in page.get_by_role("button").all() if one.is_visible()]
    boxes = [(one.inner_text(), one.bounding_box()) for one in seen]
    cut = [name for name, box in boxes if box is None or box["x"] < 0 or box["x"] + box["width"] > 320]
    assert len(seen) > 6 and cut == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_alarm_about_the_log_stays_in_plain_words(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.evaluate("window.madeUp.raiseAlarm('log_split')")
    alarm = page.get_by_role("banner").get_by_role("alert")
    expect(alarm).to_contain_text("The server shows different people different logs of who has seen images.")
    expect(alarm).to_contain_text("Tell your privacy officer")
    expect(alarm).to_contain_text("by a message of Dr Amara")
    page.evaluate("location.hash = '#/threads'")
    expect(page.get_by_role("button", name="New thread")).to_be_visible()
    expect(alarm).to_be_visible()
    for code, words in (("log_rewritten", "changed its log"), ("log_shortened", "taken entries out"),
                        ("log_key_changed", "signed with another key")):  # fmt: skip
        page.evaluate(f"window.madeUp.raiseAlarm('{code}')")
        expect(alarm).to_contain_text(words)


def test_each_opening_says_whether_it_is_proven(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Who has seen it")
    said = page.get_by_role("dialog").get_by_role("listitem")
    expect(said).to_have_count(3)
    expect(said.nth(0)).to_contain_text("In the log, proven")
    expect(said.nth(1)).to_contain_text("Not proven")
    expect(said.nth(1)).not_to_contain_text("In the log")


def test_the_logs_signed_head_is_saved_as_a_file(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/settings")
    expect(page.get_by_role("dialog")).to_contain_text("1204 entries")
    with page.expect_download() as saving:
        button(page, "Save the signed head")
    assert json.loads(saving.value.path().read_bytes()) == page.evaluate("({ head: window.madeUp.logHead.signed })")


def test_forwarding_to_the_social_thread_is_refused_with_names(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Forward")
    refused = page.get_by_role("article", name="Intern year 2026: not possible")
    expect(refused).to_contain_text("No patient’s image can go here")
    expect(refused).to_contain_text("The consent does not cover Dr Sam <b>O’Hara</b> and Dr Priya Raman.")
    expect(refused.get_by_role("button")).to_have_count(0)
    page.get_by_role("radio", name=re.compile("Second opinion")).check()
    page.get_by_role("dialog").get_by_role("button", name="Forward").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("way", ["Take the image out of this thread", "Ask the patient for a wider consent"])
def test_a_refused_add_has_two_ways_out(page: Page, origin: str, way: str) -> None:
    at_thread(page, origin)
    button(page, "Add people")
    page.get_by_label("Whom?").fill("Johanna")
    button(page, "Johanna")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The consent does not cover A/Prof. Johanna")).to_be_visible()
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    button(page, way)
    if way.startswith("Take"):
        expect(page.get_by_text("It closes for everyone")).to_be_visible()
        page.get_by_role("dialog").last.get_by_role("button", name="Take it out").click()
    if way.startswith("Ask"):
        button(page, "The patient has told me already")
        button(page, "Agreed")
        expect(page.get_by_role("button", name="Drop A/Prof. Johanna")).to_be_visible()
        button(page, "Record the change")
    expect(page.get_by_text("Nothing stands against adding them now.")).to_be_visible()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="4 people see this")).to_be_visible()


def test_the_keyboard_alone_suffices(page: Page, origin: str) -> None:
    """From the list to a sent message without a pointer."""
    page.goto(f"{origin}/?status=ready#/threads")
    page.get_by_role("link", name=re.compile("Second opinion")).focus()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Message":
            break
    page.keyboard.type("By key alone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").get_by_text("By key alone")).to_be_visible()


def test_focus_goes_to_each_step_and_back_to_what_opened_it(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.get_by_role("button", name="Attach an image").focus()
    page.keyboard.press("Enter")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Attach: 1 of 3, consent")
    button(page, "Next: picture")
    expect(focused).to_have_text("Attach: 2 of 3, picture")
    button(page, "Use the sample picture")
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Next: check")
    expect(focused).to_have_text("Attach: 3 of 3, check")
    button(page, "Back")
    expect(focused).to_have_text("Attach: 2 of 3, picture")
    button(page, "Back")
    button(page, "Record another consent")
    expect(focused).to_have_text("Record a consent")
    page.keyboard.press("Tab")
    expect(page.get_by_role("dialog").locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(focused).to_have_text("Leave without sending?")
    page.get_by_role("button", name="Leave").click()
    expect(focused).to_have_attribute("aria-label", "Attach an image")


def test_focus_returns_also_when_what_opened_a_dialog_was_in_one(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Consents")
    button(page, "Record a consent")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Record a consent")
    page.keyboard.press("Escape")
    expect(focused).to_have_text("Consents in this thread")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(focused).to_contain_text("Consents")


def test_focus_is_not_lost_by_what_replaces_a_form(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/thread/{thread(5)}")
    SCREENS["35-asked"][1](page)
    expect(page.locator(":focus")).to_contain_text("Let the patient scan this")


def test_focus_stands_at_the_top_after_unlocking(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=locked")
    page.get_by_label("Passphrase", exact=True).fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_text("InScope")


def test_forwarding_to_a_thread_about_another_patient_must_be_meant(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Forward")
    forward = page.get_by_role("dialog").get_by_role("button", name="Forward")
    page.get_by_role("radio", name="Second opinion").check()  # It speaks of nobody yet.
    expect(forward).to_be_enabled()
    page.get_by_role("radio", name="Ankle, bed 3").check()
    warning = page.get_by_text("That thread is about Ms Sample Person. This image is of Mr Test Patient.")
    expect(warning).to_be_visible()
    expect(forward).to_be_disabled()
    page.get_by_label("I mean to send it to that thread").check()
    expect(forward).to_be_enabled()
    page.get_by_role("radio", name="Second opinion").check()
    page.get_by_role("radio", name="Ankle, bed 3").check()
    expect(forward).to_be_disabled()  # Another choice, another confirmation.
    page.get_by_label("I mean to send it to that thread").check()
    forward.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_passphrase_with_a_slip_in_it_sets_nothing_up(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=new#/invitation/abc.def")
    first, again = page.get_by_label("New passphrase"), page.get_by_label("The same once more")
    set_up = page.get_by_role("button", name="Set up this device")
    first.fill("four words apart here")
    expect(set_up).to_be_disabled()
    again.fill("four words apart")
    expect(page.get_by_text("The two differ")).to_have_count(0)  # It may yet become the same.
    again.fill("four words appart here")
    expect(page.get_by_text("The two differ")).to_be_visible()
    expect(set_up).to_be_disabled()
    page.get_by_role("button", name="Show passphrase").first.click()
    expect(first).to_have_attribute("type", "text")
    again.fill("four words apart here")
    expect(page.get_by_text("The two are the same.")).to_be_visible()
    set_up.click()
    expect(page.get_by_text("Waiting for Base Hospital")).to_be_visible()


def test_light_and_dark_can_be_chosen_and_stay(page: Page, origin: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{origin}/?status=ready#/settings")
    expect(page.locator("body")).to_have_css("background-color", "rgb(241, 244, 243)")
    page.get_by_label("Dark").check()
    expect(page.locator("body")).to_have_css("background-color", "rgb(14, 21, 20)")
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", "rgb(14, 21, 20)")


def test_controls_are_large_enough_to_touch(page: Page, origin: str) -> None:
    at_thread(page, origin)
    small = page.evaluate(
        "[...document.querySelectorAll('button, a, input, textarea')].filter((element) => element.checkVisibility())"
        ".map((element) => [element.innerText, element.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 44 || box.height < 44).map(([text]) => text)"
    )
    assert small == []


@pytest.fixture(scope="module")
def shown(chromium: Browser) -> Iterator[Page]:
    """One page for many screens: opening a new one takes longer than looking at it."""
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(5_000)
    yield context.new_page()
    context.close()


def on_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="light")


def at_desk(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark")


@pytest.mark.parametrize("name", SCREENS)
def test_axe_finds_nothing(shown: Page, origin: str, name: str) -> None:
    """Each is opened at one size, in turn, and then seen at the other."""
    first, then = (on_phone, at_desk) if list(SCREENS).index(name) % 2 else (at_desk, on_phone)
    first(shown)
    path, act = SCREENS[name]
    assert look(shown, origin, name, path, act, AXE.read_text(), then) == []
