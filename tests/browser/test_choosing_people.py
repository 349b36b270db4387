"""Choosing people by name, with the keyboard: where focus goes, and what is said of who was found."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.preview.consent_acts import recording
from browser.preview.hands import button
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
