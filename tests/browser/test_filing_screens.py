"""Filing an image in the record, as its screens show it; with made-up data."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.preview.hands import button, thread
from browser.preview.screen_table import SCREENS
from browser.screens import at_thread


def filing(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "File in the record")
    expect(page.get_by_role("dialog")).to_contain_text("Will be filed in the record of Base Hospital")


def test_an_image_is_filed_with_the_advice_that_was_chosen_by_keyboard_alone(page: Page, origin: str) -> None:
    filing(page, origin)
    boxes = page.get_by_role("dialog").get_by_role("checkbox")
    assert [boxes.nth(place).is_checked() for place in range(boxes.count())] == [False, True, True]
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(2).focus()
    page.keyboard.press("Space")
    page.get_by_role("dialog").get_by_role("button", name="File in the record").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Filing… The record has not confirmed it yet.")).to_be_visible()
    offered = page.evaluate("window.madeUp.recordOffer(location.hash.split('/')[2]).messages")
    assert sorted(page.evaluate("window.madeUp.filed")) == sorted(offered[:2])


def test_filed_is_said_only_of_what_is_proven_and_the_image_is_gone(page: Page, origin: str) -> None:
    at_thread(page, origin)
    for name, said in [
        ("63-not-filed", "Not filed. The record found another picture than was shared."),
        ("65-filed-and-kept", "Filed in the record of Base Hospital on"),
        ("64-filed", "Filed in the record of Base Hospital on"),
    ]:
        SCREENS[name][1](page)
        expect(page.get_by_role("figure").first).to_contain_text(said)
    card = page.get_by_role("figure").first
    expect(card).to_contain_text("No longer here.")
    expect(card.get_by_role("button", name="Open")).to_have_count(0)
    expect(card.get_by_role("button", name="File in the record")).to_have_count(0)


def test_what_may_not_go_there_cannot_be_sent_there(page: Page, origin: str) -> None:
    at_thread(page, origin)
    SCREENS["66-file-not-covered"][1](page)
    expect(page.get_by_role("dialog")).to_contain_text("has not agreed to this record")
    expect(page.get_by_role("dialog").get_by_role("button", name="File in the record")).to_be_disabled()


def test_the_record_is_one_of_those_who_can_see_it(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "3 people see this")
    expect(page.get_by_role("dialog").get_by_role("heading", name="Medical records")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("only when somebody files them")


def test_the_record_is_named_where_consent_is_recorded(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/thread/{thread(5)}")
    button(page, "Consents")
    button(page, "Record a consent")
    button(page, "Agreed")
    expect(page.get_by_text("Will be filed in the record of Base Hospital")).to_be_visible()
    page.get_by_label("Add a person, team").fill("medical record")
    button(page, "Medical record of City")
    expect(page.get_by_role("list", name="May see it")).to_contain_text("to be filed there")
