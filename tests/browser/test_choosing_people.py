"""Choosing people by name, with the keyboard: where focus goes, and what is said of who was found."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.preview.consent_acts import recording
from browser.preview.entry_acts import adding_with_history
from browser.preview.hands import IN, SHARED_WITH_ME, SHARING, button
from browser.screens import at_thread


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.focus()
    page.keyboard.press("Enter")


def test_who_is_chosen_for_a_consent_by_keyboard_leaves_focus_in_the_form(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    recording(page)
    button(page, "Agreed")
    field = page.get_by_label("Add a person, team")
    field.fill("hand")
    press(page, "Hand surgery on call")
    expect(field).to_be_focused()
    press(page, "Drop Hand surgery on call")
    expect(page.get_by_role("list", name="May see it")).to_be_focused()


def test_a_thread_that_was_started_is_where_focus_goes(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/threads")
    button(page, "New thread")
    page.get_by_label("Title").fill("Hip, bed 9")
    page.get_by_label("With whom?").fill("Lin")
    press(page, "Dr Lin Wei")
    press(page, "Start thread")
    expect(page.get_by_role("heading", name="Hip, bed 9")).to_be_focused()


@pytest.mark.parametrize(("query", "said"), [("Lin Wei", "1 person found."), ("Nobody at all", "Nobody found")])
def test_what_is_said_of_who_was_found_is_true_of_what_is_listed(
    page: Page, origin: str, query: str, said: str
) -> None:
    page.goto(f"{origin}/?status=ready#/new")
    page.get_by_label("With whom?").fill(query)
    status = page.get_by_role("dialog").locator("[role=status].sr-only")
    expect(status).to_contain_text(said)
    if "found." in said:
        press(page, "Dr Lin Wei")
        expect(status).to_have_text("")


FAILING = """() => {
    const share = madeUp.shareHistory.bind(madeUp)
    madeUp.tryAdd = async () => ({ permit: true, denials: [] })
    madeUp.shareHistory = () => Promise.reject({ code: 'too_slow', message: '', remedy: '', reasons: [] })
    window.again = () => { madeUp.shareHistory = share }
}"""


def test_who_is_added_and_not_shared_with_yet_is_said_to_be_in_the_thread(page: Page, origin: str) -> None:
    """What is left to do is said, and done with one press."""
    page.goto(f"{origin}/{SHARING}")
    adding_with_history(page)
    page.evaluate(FAILING)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add, and share 4 messages").click()
    expect(dialog.get_by_text("They are in the thread now. Earlier messages are not all shared yet.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Cancel")).to_have_count(0)
    page.evaluate("window.again()")
    dialog.get_by_role("button", name="Share again").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("log")).to_contain_text("You shared")
    expect(page.get_by_role("button", name="4 people", exact=True)).to_be_visible()


def test_a_history_is_offered_only_where_there_is_one_and_to_others(page: Page, origin: str) -> None:
    for address, times in ((SHARING, 1), (SHARED_WITH_ME, 0), (IN, 0)):
        page.goto("about:blank")
        page.goto(f"{origin}/{address}")
        expect(page.get_by_role("log").get_by_text(re.compile(" added "))).to_have_count(1)
        expect(page.get_by_role("button", name="Share earlier messages")).to_have_count(times)


def test_without_a_line_nothing_is_shared(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{SHARING}")
    button(page, "Share earlier messages")
    share = page.get_by_role("dialog").get_by_role("button", name="Share 3 messages")
    expect(share).to_be_enabled()
    page.evaluate("madeUp.setLine('offline')")
    expect(share).to_be_disabled()
    expect(page.get_by_text("There is no connection. Share them once there is one.")).to_be_visible()
