"""A text that is longer than its field holds: what is missing is said where it happened; with made-up data."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.preview.consent_acts import emergency_begun
from browser.preview.hands import button
from browser.screens import AXE, at_thread

COPY = """(length) => {
    const field = document.querySelector('dialog')?.appendChild(document.createElement('textarea'))
        ?? document.body.appendChild(document.createElement('textarea'))
    field.value = 'x'.repeat(length)
    field.select()
    document.execCommand('copy')
    field.remove()
}"""


def paste(page: Page, field: Locator, length: int) -> None:
    page.evaluate(COPY, length)
    field.focus()
    page.keyboard.press("Control+V")


def test_a_message_that_is_cut_says_by_how_much_until_it_is_gone(page: Page, origin: str) -> None:
    at_thread(page, origin)
    field = page.get_by_label("Message", exact=True)
    paste(page, field, 27_000)
    words = "Cut to 16,000 characters: 11,000 did not fit."
    said = page.get_by_role("status").filter(has_text=words)
    expect(said).to_be_in_viewport(ratio=1)
    expect(field).to_have_accessible_description(words)
    page.evaluate(AXE.read_text())
    assert page.evaluate("async () => (await axe.run()).violations.map((rule) => rule.id)") == []
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    expect(said).to_be_visible()
    field.fill("")
    expect(said).to_have_count(0)
    paste(page, field, 20)
    expect(page.get_by_text("did not fit")).to_have_count(0)


@pytest.mark.parametrize(
    ("label", "length", "words"),
    [
        ("Note: what happened", 60_000, "Cut to 4,000 characters: 56,000 did not fit"),
        ("Patient’s name", 230, "Cut to 200 characters: 30 did not fit"),
        ("Record number", 81, "Cut to 80 characters: 1 did not fit"),
    ],
)
def test_a_field_of_a_consent_says_what_did_not_fit(
    page: Page, origin: str, label: str, length: int, words: str
) -> None:
    at_thread(page, origin, 5)
    emergency_begun(page)
    paste(page, page.get_by_label(label), length)
    expect(page.get_by_text(words)).to_be_visible()


def test_a_title_that_is_full_says_so_while_it_is_typed(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/threads")
    button(page, "New thread")
    field = page.get_by_label("Title")
    field.fill("y" * 119)
    expect(page.get_by_text("Full: no more")).to_have_count(0)
    field.press_sequentially("zz")
    expect(page.get_by_text("Full: no more than 120 characters fit.")).to_be_visible()
    expect(field).to_have_value("y" * 119 + "z")
