"""Several consents of a thread: what a no is about, whom one covers, and of which patient it is; with made-up data."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.preview.consent_acts import recording, refused_for_teaching
from browser.preview.hands import button
from browser.screens import at_thread

MOLE, MEETING, BOTH, NEW = 9, 3, 1, 5


def test_a_no_to_teaching_says_so_before_and_after_it_is_recorded(page: Page, origin: str) -> None:
    at_thread(page, origin, MOLE)
    refused_for_teaching(page)
    form = page.get_by_role("dialog", name="Record a consent")
    expect(form).to_contain_text("Mr Test Patient said no to sharing for teaching.")
    expect(form).to_contain_text("agreed to before, for direct care advice, stands beside this no.")
    button(page, "Record the refusal")
    card = page.get_by_role("article", name="Consent of Mr Test Patient").filter(has_text="Refused")
    expect(card).to_contain_text("Refused: teaching")
    for words in ("No to", "Teaching", "Answered by", "Recorded", "Dr Ilya Novak", "Not for students."):
        expect(card).to_contain_text(words)


def test_a_no_to_teaching_neither_hides_nor_outranks_a_consent_to_advice(page: Page, origin: str) -> None:
    at_thread(page, origin, MOLE)
    refused_for_teaching(page)
    button(page, "Record the refusal")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="2 people see this")).to_contain_text("consent covers all")
    button(page, "Attach an image")
    choice = page.get_by_role("group", name="Consent")
    expect(choice.get_by_role("radio", name="Given, until")).to_be_checked()
    expect(page.get_by_role("button", name="Next: picture")).to_be_enabled()
    choice.get_by_role("radio", name="Refused: teaching").check()
    said = page.get_by_role("dialog")
    expect(said).to_contain_text("The patient said no to sharing for teaching.")
    expect(said).not_to_contain_text("agreed")
    expect(said).not_to_contain_text("does not cover")
    expect(page.get_by_role("button", name="Next: picture")).to_be_disabled()


def test_everybody_in_a_case_is_proposed_and_who_is_dropped_is_named(page: Page, origin: str) -> None:
    at_thread(page, origin, NEW)
    recording(page)
    button(page, "Emergency: nobody can be asked")
    chosen = page.get_by_role("list", name="May see it")
    expect(chosen).to_contain_text("Dr Ilya Novak")
    expect(chosen).to_contain_text("Dr Lin Wei")
    button(page, "Somebody can answer")
    button(page, "Agreed")
    expect(page.get_by_text("Tell the patient each of them")).to_be_visible()
    missed = page.get_by_text("In this thread and not covered: Dr Lin Wei.")
    expect(missed).to_have_count(0)
    button(page, "Drop Dr Lin Wei")
    expect(missed).to_be_visible()
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    page.get_by_role("checkbox", name="Radiograph").check()
    button(page, "Record the consent")
    recipients = page.evaluate("window.madeUp.consents().at(-1).scope.recipients.length")
    assert recipients == 1


def test_nobody_else_is_proposed_in_a_group(page: Page, origin: str) -> None:
    at_thread(page, origin, MEETING)
    recording(page)
    button(page, "Agreed")
    expect(page.get_by_role("list", name="May see it").get_by_role("button")).to_have_count(1)
    expect(page.get_by_text("Tell the patient each of them")).to_have_count(0)


def test_a_cases_own_patient_is_proposed_and_a_second_is_asked_about(page: Page, origin: str) -> None:
    at_thread(page, origin, MOLE)
    recording(page)
    button(page, "Agreed")
    name, second = page.get_by_label("Patient’s name"), page.get_by_text("this thread is about Mr Test Patient.")
    expect(name).to_have_value("Mr Test Patient")
    expect(page.get_by_label("Record number")).to_have_value("TEST-0001")
    expect(second).to_have_count(0)
    page.locator("select", has_text="A new patient").select_option(label="A new patient")
    expect(second).to_be_visible()
    name.fill("Mr Other Patient")
    page.get_by_role("checkbox", name="Radiograph").check()
    button(page, "Record the consent")
    expect(page.get_by_role("article", name="Consent of Mr Other Patient")).to_be_visible()


def test_two_consents_are_told_apart_wherever_one_is_chosen(page: Page, origin: str) -> None:
    at_thread(page, origin, BOTH)
    button(page, "3 people see this")
    group = page.get_by_role("group", name="Under which consent?")
    expect(group.get_by_role("radio", name="Mr Test Patient, TEST-0001")).to_be_checked()
    words = group.locator("label").filter(has_text="Mr Test Patient")
    for said in ("Given, until", "Radiograph", "Direct care advice", "Dr Amara Okafor", "Recorded: Dr Ilya Novak"):
        expect(words).to_contain_text(said)
    group.get_by_role("radio", name="Ms Sample Person").check()
    expect(page.get_by_role("dialog")).to_contain_text("The patient said no to sharing for direct care advice.")


def test_the_log_names_the_patient_where_a_thread_speaks_of_two(page: Page, origin: str) -> None:
    at_thread(page, origin, BOTH)
    expect(page.get_by_role("log")).to_contain_text("You recorded a consent of Mr Test Patient.")


def test_an_emergency_lasts_its_hours_from_when_it_was_recorded(page: Page, origin: str) -> None:
    page.clock.install()
    at_thread(page, origin, NEW)
    recording(page)
    button(page, "Emergency: nobody can be asked")
    page.clock.run_for(4 * 60_000)
    page.get_by_label("The patient is unconscious").check()
    page.get_by_label("Note").fill("Found in the street.")
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    page.get_by_role("checkbox", name="Radiograph").check()
    button(page, "Record the emergency")
    page.get_by_role("article", name="Consent of Mr Test Patient").wait_for()
    left = page.evaluate("window.madeUp.consents().at(-1).scope.valid_until - Date.now()")
    assert 24 * 3_600_000 - 10_000 < left <= 24 * 3_600_000
