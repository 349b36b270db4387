"""The privacy officer's screens, and the reminder to ask a patient who could not answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.preview.hands import EMERGENCY, OFFICER, button


@pytest.fixture
def officer(page: Page, origin: str) -> Page:
    page.goto(f"{origin}/?status=ready&emergencies=6#/threads")
    return page


def test_nobody_but_an_officer_is_offered_the_list(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/reviews")
    expect(page.get_by_role("heading", name="Threads")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Emergencies to review")).to_have_count(0)
    expect(page.get_by_role("link", name="Emergencies to review")).to_have_count(0)


def test_an_officers_start_leads_straight_to_the_reviews(officer: Page) -> None:
    way = officer.get_by_role("navigation", name="Threads").get_by_role("link", name="Emergencies to review")
    expect(way).to_contain_text("3+ waiting")
    way.focus()
    officer.keyboard.press("Enter")
    expect(officer.get_by_role("dialog", name="Emergencies to review")).to_be_visible()


def test_an_officers_start_says_when_nothing_waits(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready&emergencies=0#/threads")
    expect(page.get_by_role("link", name="Emergencies to review")).to_contain_text("None waiting")


def test_the_keyboard_alone_reviews_one_and_goes_on_to_the_next(officer: Page) -> None:
    officer.get_by_role("button", name="Emergencies to review").focus()
    officer.keyboard.press("Enter")
    officer.get_by_role("button", name="The patient is unconscious").focus()
    officer.keyboard.press("Enter")
    record = officer.get_by_role("button", name="Record the review")
    expect(record).to_be_disabled()
    officer.get_by_role("button", name="In order").focus()
    officer.keyboard.press("Space")
    officer.keyboard.press("Tab")
    officer.keyboard.press("Tab")
    expect(record).to_be_focused()
    officer.keyboard.press("Enter")
    expect(officer.get_by_text("Reviewed by Dr Ilya Novak")).to_contain_text("in order")
    button(officer, "Next to review")
    expect(officer.get_by_text("There is no time")).to_be_visible()
    expect(record).to_be_disabled()
    officer.keyboard.press("Escape")
    expect(officer.get_by_role("dialog")).to_have_count(0)


def test_a_finding_is_recorded_by_a_second_press_only(officer: Page) -> None:
    button(officer, "Emergencies to review")
    button(officer, "The patient is unconscious")
    button(officer, "To be talked about")
    button(officer, "Back")
    expect(officer.get_by_role("region", name="Waiting").get_by_role("button")).to_have_count(4)
    button(officer, "The patient is unconscious")
    button(officer, "To be talked about")
    button(officer, "Record the review")
    button(officer, "Back to the list")
    expect(officer.get_by_role("region", name="Waiting").get_by_role("button")).to_have_count(3)
    expect(officer.get_by_role("region", name="Reviewed").get_by_role("button")).to_have_count(1)


def test_later_pages_are_asked_for(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{OFFICER}")
    expect(page.get_by_role("region", name="Reviewed")).to_have_count(0)
    button(page, "Show more")
    expect(page.get_by_role("region", name="Reviewed").get_by_role("button")).to_have_count(2)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_the_patient_is_asked_from_the_bar_for_an_answer_of_their_own(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{EMERGENCY}")
    expect(page.get_by_text("Emergency: about 22 hours left.")).to_be_visible()
    button(page, "Ask now")
    expect(page.get_by_text("is asked for all of it")).to_be_visible()
    asked = page.evaluate("window.madeUp.asked")
    assert (asked["basis"], asked["reason"]) == ("patient", None)
    days = (asked["validUntil"] - page.evaluate("Date.now()")) / 86_400_000
    assert 29 < days < 32, "as long as any other consent, not as an emergency"


def test_the_name_is_put_right_before_the_patient_is_asked(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{EMERGENCY}")
    button(page, "Ask now")
    before = page.evaluate("window.madeUp.asked.record.patientName")
    page.get_by_text(f"Is “{before}” not the patient’s own name?").click()
    ask = page.get_by_role("button", name="Ask with this name")
    expect(ask).to_be_disabled()
    page.get_by_label("Patient’s name").fill("Rosa Ñíguez")
    ask.click()
    expect(page.get_by_text("so Rosa Ñíguez is asked for all of it")).to_be_visible()
    assert page.evaluate("window.madeUp.asked.record.patientName") == "Rosa Ñíguez"
    assert page.evaluate("window.madeUp.asked.basis") == "patient"


def test_the_reminder_is_gone_once_the_patient_has_answered(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{EMERGENCY}")
    button(page, "Ask now")
    button(page, "The patient has told me already")
    page.get_by_role("dialog").get_by_role("button", name="Agreed").click()
    expect(page.get_by_label("Who agreed?")).to_have_value("patient")
    button(page, "Record the change")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Ask the patient when they can answer")).to_have_count(0)


def test_an_emergency_nowhere_reads_as_a_consent(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{EMERGENCY}")
    bar = page.get_by_role("button", name="2 people see this")
    expect(bar).to_contain_text("an emergency: nobody has agreed yet")
    bar.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Nobody has agreed yet. For this emergency")).to_be_visible()
    expect(dialog.get_by_text("Allowed for the emergency")).to_have_count(2)
    expect(dialog.get_by_text(re.compile("overed by the consent|The consent covers"))).to_have_count(0)


def test_a_no_ends_an_emergency_and_is_never_said_to_change_nothing(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{EMERGENCY}")
    button(page, "Ask now")
    button(page, "The patient has told me already")
    button(page, "Refused")
    expect(page.get_by_text("This ends the consent")).to_be_visible()
    expect(page.get_by_text("changes nothing")).to_have_count(0)
