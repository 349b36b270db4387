"""What patients did is told as theirs, who is meant is named, and what was said once is not asked for again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.preview.consent_acts import consent_filled, emergency_begun
from browser.preview.hands import button, thread
from browser.screens import at_thread

SHOTS = Path(os.environ.get("INSCOPE_SHOTS", "build/screens"))
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
PATIENT = "{ kind: 'patient', authority: 'aut_' }"
HISTORY = f"""() => {{
    const [first] = window.madeUp.consents()
    const scope = first.scope, answered = {{ ...scope, taken: {{ ...scope.taken, answer: 'hash' }} }}
    const less = {{ ...answered, version: 2, recorded_by: {PATIENT}, recorded_at: scope.recorded_at + 60_000 }}
    const back = {{ ...less, version: 3, decision: 'withdrawn', recorded_at: scope.recorded_at + 120_000 }}
    window.madeUp.consents = () => [{{ ...first, scope: back, history: [answered, less, back] }}]
    window.madeUp.tell('consents')
}}"""
NARROW = """() => {
    const scope = window.madeUp.consents()[0].scope
    scope.recipients = scope.recipients.slice(0, 2)
    const images = window.madeUp.messages('THREAD').flatMap(({ body }) => body.kind === 'images' ? body.images : [])
    window.madeUp.settleFiling(images[0].disclosure, { state: 'destroyed', closedCode: 'person_not_covered' })
    window.madeUp.tell('consents')
}""".replace("THREAD", thread(1))


def shots(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SHOTS / f"{name}-{size}.png")
    page.set_viewport_size({"width": 390, "height": 844})


def test_the_story_of_a_consent_says_who_did_what(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.evaluate(HISTORY)
    button(page, "Consents")
    page.get_by_text("What has happened").click()
    lines = page.get_by_role("dialog").get_by_role("listitem")
    expect(lines).to_contain_text([
        "The patient agreed, on their own page. You asked.", "The patient agreed to less, on their own page",
        "The patient took back their yes, on their own page.",
    ])  # fmt: skip
    shots(page, "consent-history")


def test_a_part_that_was_not_agreed_to_is_listed(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Consents")
    button(page, "Change")
    page.get_by_label("Teaching").check()
    button(page, "They answer on their phone")
    button(page, "Show it to the patient")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("Waiting")
    page.evaluate("window.madeUp.settleQuestions('agreed')")
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text(
        "The patient agreed to a part. It is recorded and signed."
    )
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_text(["Teaching"])
    shots(page, "agreed-to-a-part")


def test_a_closed_card_names_whom_the_consent_does_not_cover(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.evaluate(NARROW)
    card = page.get_by_role("figure").first
    expect(card).to_contain_text("The consent does not cover Dr")
    expect(page.get_by_role("log")).not_to_contain_text("this person")
    card.scroll_into_view_if_needed()
    shots(page, "closed-card")


def test_an_emergency_is_one_press_from_the_first_step(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Consents")
    button(page, "Record a consent")
    start = page.get_by_role("button", name="Emergency: nobody can be asked")
    expect(start).to_be_in_viewport()
    start.click()
    shots(page, "emergency-first")
    page.get_by_label("The patient is unconscious").check()
    expect(page.get_by_text("What for?")).to_have_count(0)
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    page.get_by_label("Note").fill("Found in the street.")
    button(page, "Record the emergency")
    expect(page.get_by_role("dialog")).to_contain_text("Emergency: about 24 hours left.")
    scope = page.evaluate("window.madeUp.consents().at(-1).scope")
    assert (scope["basis"], scope["taken"]["reason"]) == ("emergency", "unconscious")
    assert scope["purposes"] == ["direct-care-advice"]


def test_an_emergency_is_asked_only_what_it_needs(page: Page, origin: str) -> None:
    """Why and what happened, whose, whom and what: nothing about an answer that nobody gave."""
    at_thread(page, origin, 5)
    emergency_begun(page)
    asked = page.get_by_role("dialog").locator("legend, form > .field > span")
    expect(asked).to_have_text([
        "Why could nobody be asked?", "Which patient?", "Who may see it?", "Which kinds of image?",
        "Delicate pictures too?", "On what conditions?",
    ])  # fmt: skip
    expect(page.get_by_label("Note")).to_have_count(1)
    note = page.get_by_role("group", name="Why could nobody be asked?").get_by_label("Note: what happened")
    expect(note).to_be_visible()
    expect(page.get_by_text("On what conditions?")).to_be_hidden()


def test_an_emergency_forgets_what_was_said_of_an_answer(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    consent_filled(page)
    page.get_by_role("combobox", name="Interpreter").select_option("telephone")
    page.get_by_label("Who agreed?").select_option("emergency")
    page.get_by_label("There is no time").check()
    page.get_by_label("Note").fill("Found in the street.")
    button(page, "Record the emergency")
    expect(page.get_by_role("dialog")).to_contain_text("Emergency: about 24 hours left.")
    assert page.evaluate("window.madeUp.consents().at(-1).scope.taken.interpreter") is None


def test_an_answer_after_all_is_no_emergency(page: Page, origin: str) -> None:
    at_thread(page, origin)
    emergency_begun(page)
    button(page, "Somebody can answer")
    expect(page.get_by_text("Why could nobody be asked?")).to_have_count(0)
    expect(page.get_by_role("button", name="Agreed")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Who agreed?")).to_have_value("patient")
    expect(page.get_by_text("What for?")).to_be_visible()


def test_the_lock_says_why(page: Page, origin: str) -> None:
    page.clock.install()
    at_thread(page, origin)
    button(page, "Lock")
    expect(page.get_by_text("You locked it.")).to_be_visible()
    page.get_by_label("Passphrase", exact=True).fill("correct horse battery")
    button(page, "Unlock")
    page.clock.run_for(100)
    page.get_by_role("button", name="Lock").wait_for()
    page.clock.fast_forward(5 * 60_000 + 2_000)
    expect(page.get_by_text("Locked after 5 minutes without use.")).to_be_visible()
    shots(page, "locked-why")


def test_who_recorded_an_emergency_reads_in_the_thread_that_it_was_reviewed(page: Page, origin: str) -> None:
    at_thread(page, origin, 7)
    expect(page.get_by_role("log")).not_to_contain_text("reviewed")
    page.evaluate("""() => {
        const person = window.madeUp.consents()[0] && window.madeUp.threads()[2].people[4]
        window.madeUp.reviews = [{ person, at: Date.now() - 60_000, outcome: 'in_order' }]
        window.madeUp.tell('consents')
    }""")
    expect(page.get_by_role("log")).to_contain_text("reviewed your emergency: in order.")
    shots(page, "reviewed-in-thread")


@pytest.mark.parametrize(("emergencies", "count"), [("0", ""), ("6", "3+")])
def test_an_officer_sees_how_many_wait(page: Page, origin: str, emergencies: str, count: str) -> None:
    page.goto(f"{origin}/?status=ready&emergencies={emergencies}#/threads")
    there = page.get_by_role("button", name="Emergencies to review")
    expect(there).to_have_text(count)
    if count:
        expect(there).to_have_accessible_name("Emergencies to review, 3 or more waiting")
        shots(page, "officer-count")
