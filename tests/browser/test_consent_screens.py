"""Recording a consent, asking for more, and what must not be lost or overlooked meanwhile; with made-up data."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.preview.consent_acts import sheet_chosen
from browser.preview.hands import button, thread
from browser.preview.screen_table import SCREENS
from browser.screens import at_thread, attach, with_metadata


def test_a_refusal_needs_only_whose_it_is(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    button(page, "Consents")
    button(page, "Record a consent")
    button(page, "Refused")
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    button(page, "Record the refusal")
    expect(page.get_by_text("The patient said no to sharing for direct care advice.")).to_be_visible()


def test_a_patient_who_refuses_what_was_agreed_is_taken_at_their_word(page: Page, origin: str) -> None:
    """Through Change, where a no is to all of it; and the form says what that closes."""
    at_thread(page, origin)
    button(page, "Consents")
    page.get_by_role("article", name="Consent of Mr Test Patient").get_by_role("button", name="Change").click()
    button(page, "Refused")
    expect(page.get_by_role("alert").filter(has_text="This ends the consent")).to_be_visible()
    button(page, "Record the refusal")
    expect(page.get_by_role("button", name="Record the refusal")).to_have_count(0)
    assert page.evaluate("window.madeUp.consents()[0].scope.decision") == "refused"


def test_a_no_to_something_more_leaves_what_was(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Add people")
    page.get_by_label("Whom?").fill("Johanna")
    button(page, "Johanna")
    page.get_by_role("button", name="Add", exact=True).click()
    button(page, "Ask the patient for a wider consent")
    button(page, "The patient has told me already")
    button(page, "Refused")
    expect(page.get_by_text("A no to this changes nothing")).to_be_visible()
    button(page, "Leave it as it was")
    expect(page.get_by_text("Not added yet")).to_be_visible()
    assert page.evaluate("window.madeUp.consents()[0].scope.decision") == "given"


WIDEN = """async (state) => {
    const [{ consent, record }] = window.madeUp.consents()
    await window.madeUp.amendConsent(consent, { ...window.madeUp.asked, record })
    window.madeUp.settleQuestions(state)
}"""


def test_what_was_asked_stays_on_the_screen_once_it_is_answered(page: Page, origin: str) -> None:
    """The answer makes the consent wider, so that nothing is lacking any more: no empty form may take its place."""
    at_thread(page, origin)
    attach(page, "x.jpg", with_metadata())
    page.get_by_label("Document").check()
    button(page, "Next: check")
    button(page, "Ask the patient for a wider consent")
    expect(page.get_by_text("Waiting. The link works once")).to_be_visible()
    expect(page.get_by_role("button", name="The patient has told me already")).to_be_visible()
    page.evaluate(WIDEN, "agreed")
    assert "document" in page.evaluate("window.madeUp.consents()[0].scope.conditions.image_kinds")
    expect(page.get_by_text("The patient agreed. It is recorded and signed.")).to_be_visible()
    expect(page.get_by_text("482 913")).to_be_visible()
    expect(page.get_by_role("button", name="The patient has told me already")).to_have_count(0)
    button(page, "Go on")
    expect(page.get_by_role("button", name="Next: picture")).to_be_enabled()


def test_an_emergency_for_somebody_who_said_no_must_be_meant(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.evaluate("window.madeUp.withdrawConsent(window.madeUp.consents()[0].consent)")
    button(page, "Consents")
    button(page, "Record a")
    button(page, "Emergency: nobody can be asked")
    page.get_by_label("The patient is unconscious").check()
    of_old = page.evaluate("window.madeUp.consents()[0].scope.subject")
    page.locator("select", has_text="A new patient").select_option(of_old)
    warning = page.get_by_text(re.compile(r"Mr Test Patient said no on .*\d"))
    expect(warning).to_be_visible()
    expect(page.get_by_text("that you know of the patient’s no")).to_be_visible()
    page.get_by_label("I know of it").check()
    expect(page.get_by_text("that you know of the patient’s no")).to_have_count(0)
    button(page, "Somebody can answer")
    expect(warning).to_have_count(0)


def sheet_of_the_last_consent(page: Page) -> object:
    return page.evaluate("window.madeUp.consents().at(-1).scope.taken.sheet")


def test_the_sheet_that_was_shown_is_the_one_recorded(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    sheet_chosen(page)
    button(page, "Show to the patient")
    sheet = page.get_by_role("dialog").last
    expect(sheet).to_have_attribute("lang", "ar")
    expect(sheet).to_have_attribute("dir", "rtl")
    expect(sheet.get_by_role("heading", level=3)).to_have_count(8)
    assert float(str(sheet.locator("p").first.evaluate("(one) => getComputedStyle(one).fontSize"))[:-2]) >= 20
    box = sheet.bounding_box()
    assert box is not None and (box["width"], box["height"]) == (390, 844)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(1)
    button(page, "Refused")
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    button(page, "Record the refusal")
    expect(page.get_by_role("button", name="Record the refusal")).to_have_count(0)
    shown = page.evaluate("window.madeUp.sheets().then((all) => all.find(({ language }) => language === 'ar'))")
    expected = {key: shown[key] for key in ("sheet", "version", "language", "text")}
    assert sheet_of_the_last_consent(page) == expected


def test_a_sheet_that_cannot_be_checked_is_not_recorded(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    page.evaluate("void (window.madeUp.sheetText = () => Promise.reject({ code: 'sheet_altered' }))")
    button(page, "Consents")
    button(page, "Record a consent")
    field = page.get_by_label("Information sheet explained")
    field.select_option(label="English")
    expect(page.get_by_text("not the text it should be")).to_be_visible()
    expect(field).to_have_value("")
    expect(page.get_by_role("button", name="Show to the patient")).to_have_count(0)
    button(page, "Refused")
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    button(page, "Record the refusal")
    expect(page.get_by_role("button", name="Record the refusal")).to_have_count(0)
    assert sheet_of_the_last_consent(page) is None


def test_a_form_in_which_nothing_was_entered_closes_without_a_question(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Consents")
    button(page, "Record a consent")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Consents in this thread")).to_be_visible()
    page.keyboard.press("Escape")
    button(page, "Attach an image")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("way", ["Escape", "Close"])
def test_a_half_filled_consent_is_not_lost_by_a_slip(page: Page, origin: str, way: str) -> None:
    at_thread(page, origin)
    button(page, "Consents")
    button(page, "Record a consent")
    button(page, "Agreed")
    page.get_by_label("Patient’s name").fill("Mr Half Written")

    def slip() -> None:
        page.keyboard.press("Escape") if way == "Escape" else button(page, "Close")

    slip()
    question = page.get_by_role("dialog", name="Leave without recording?")
    expect(question).to_be_visible()
    button(page, "Stay here")
    expect(page.get_by_label("Patient’s name")).to_have_value("Mr Half Written")
    slip()
    question.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("dialog", name="Record a consent")).to_have_count(0)


def test_what_the_server_says_against_a_consent_is_seen_on_a_phone(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/thread/{thread(5)}")
    SCREENS["17-consent-form"][1](page)
    page.evaluate("() => { window.madeUp.recordConsent = () => Promise.reject({ code: 'policy_mismatch' }) }")
    page.get_by_role("button", name="Record the consent").scroll_into_view_if_needed()
    page.locator("dialog .body").evaluate("body => { body.scrollTop = 0 }")
    button(page, "Record the consent")
    alert = page.get_by_role("alert").filter(has_text="The rules for consents have changed here")
    expect(alert).to_be_visible()
    expect(alert).to_be_in_viewport(ratio=1)
    covered = alert.evaluate(
        "note => { const box = note.getBoundingClientRect();"
        " return !note.contains(document.elementFromPoint(box.left + 20, box.top + box.height / 2)) }"
    )
    assert not covered


def test_a_witness_is_somebody_else_and_counts_once_chosen(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    page.evaluate("() => { window.madeUp.policy = { profile: 'au', version: 1 } }")
    button(page, "Consents")
    button(page, "Record a consent")
    button(page, "Agreed")
    page.get_by_label("Who agreed?").select_option("guardian")
    page.get_by_label("And the patient, asked in their own words?").select_option("given")
    asked_for = page.get_by_text("The rules here ask for a colleague as witness.")
    expect(asked_for).to_be_visible()
    page.get_by_text("A colleague witnessed it").click()
    mine, colleague = page.evaluate("""() => {
        const made = window.madeUp
        const people = made.threads()[0].people
        const colleague = people.find(({ person }) => person !== made.me.person)
        made.searchPeople = () => Promise.resolve([made.me, colleague])
        return [made.me.name, colleague.name]
    }""")
    page.get_by_label("Witness").fill("Dr")
    found = page.locator("ul.found")
    expect(found.get_by_role("button", name=colleague)).to_be_visible()
    expect(found.get_by_role("button", name=mine)).to_have_count(0)
    found.get_by_role("button", name=colleague).click()
    expect(asked_for).to_have_count(0)
