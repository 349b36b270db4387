"""Consents, questions to a patient, emergencies: what is done until the screen stands as it is to be looked at."""

from __future__ import annotations

from playwright.sync_api import Page

from browser.preview.entry_acts import adding
from browser.preview.hands import button


def recording(page: Page) -> None:
    button(page, "Consents")
    button(page, "Record a consent")


def consent_filled(page: Page) -> None:
    recording(page)
    button(page, "Agreed")
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    page.get_by_label("Add a person, team").fill("hand")
    button(page, "Hand surgery on call")


def sheet_chosen(page: Page) -> None:
    recording(page)
    page.get_by_label("Information sheet explained").select_option(label="العربية, Arabic")
    page.get_by_role("button", name="Show to the patient").wait_for()


def sheet_shown(page: Page) -> None:
    sheet_chosen(page)
    button(page, "Show to the patient")


def widening(page: Page) -> None:
    adding(page)
    button(page, "Ask the patient for a wider consent")
    page.get_by_text("Let the patient scan this").wait_for()


def widened(page: Page) -> None:
    widening(page)
    page.evaluate("window.madeUp.settleQuestions('agreed')")


def widening_by_hand(page: Page) -> None:
    widening(page)
    button(page, "The patient has told me already")
    button(page, "Agreed")


def asked(page: Page) -> None:
    recording(page)
    button(page, "They answer on their phone")
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    button(page, "Show it to the patient")
    page.get_by_text("Let the patient scan this").wait_for()


def answered_for(page: Page) -> None:
    consent_filled(page)
    page.get_by_label("Who agreed?").select_option("guardian")
    page.get_by_label("Name", exact=True).fill("Ms Test Parent")
    page.get_by_role("combobox", name="Interpreter").select_option("telephone")
    page.get_by_label("Name", exact=True).scroll_into_view_if_needed()


def emergency(page: Page) -> None:
    consent_filled(page)
    page.get_by_label("Who agreed?").select_option("emergency")
    page.get_by_text("Why could nobody be asked?").scroll_into_view_if_needed()


def emergency_begun(page: Page) -> None:
    recording(page)
    button(page, "Emergency: nobody can be asked")


def looking_back(page: Page) -> None:
    button(page, "Consents")
    button(page, "Link for the patient")
    page.get_by_text("Tell the patient:").wait_for()


def asking_when_able(page: Page) -> None:
    button(page, "Ask now")
    page.get_by_text("Let the patient scan this").wait_for()


def emergency_reviewed(page: Page) -> None:
    page.evaluate(
        "window.madeUp.reviews = [{ person: window.madeUp.person('per_AAAAAAAAAAAAAAAAAAAAA3'), at: Date.now(),"
        " outcome: 'follow_up' }]"
    )
    button(page, "Consents")
    page.get_by_text("Reviewed by").wait_for()


def refused_for_teaching(page: Page) -> None:
    recording(page)
    page.get_by_role("checkbox", name="Direct care advice").uncheck()
    page.get_by_role("checkbox", name="Teaching").check()
    button(page, "Refused")
    page.get_by_label("Note: what was said").fill("Not for students.")


def refusal_recorded(page: Page) -> None:
    refused_for_teaching(page)
    button(page, "Record the refusal")
    page.get_by_text("Refused: teaching").scroll_into_view_if_needed()


def refusal_beside(page: Page) -> None:
    refusal_recorded(page)
    page.keyboard.press("Escape")
    button(page, "Attach an image")
    page.get_by_role("radio", name="Refused: teaching").check()


def second_patient(page: Page) -> None:
    recording(page)
    button(page, "Agreed")
    button(page, "Drop Dr Lin Wei")
    page.locator("select", has_text="A new patient").select_option(label="A new patient")
    page.get_by_text("Is this somebody else?").scroll_into_view_if_needed()


def refusing(page: Page) -> None:
    recording(page)
    button(page, "Refused")
