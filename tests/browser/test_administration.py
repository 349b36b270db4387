"""The administrator's screens: who needs something, what was denied, ending a lost device, all by keyboard too."""

from __future__ import annotations

import pytest
from playwright.async_api import expect as expect_soon
from playwright.sync_api import Page, expect

from browser.conftest import DESKTOP, Ward
from browser.preview.hands import ADMINISTRATOR, button
from browser.preview.office_acts import denials_shown, member_shown, nothing_denied


async def test_on_the_real_server_a_lost_phone_is_ended_and_erases_itself(ward: Ward) -> None:
    phone = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    await ward.enrol(phone, ward.riverbend)
    desk = await ward.window(ward.riverbend, "Ms Vera Lund", DESKTOP, roles=("administrator",))
    await ward.enrol(desk, ward.riverbend)
    await desk.page.get_by_role("link", name="Administration").click()
    await desk.button("Dr Ines Moreau").click()
    await expect_soon(desk.page.get_by_role("region", name="Devices")).to_contain_text("last signed in on")
    await desk.shot("administration-member")
    await desk.page.get_by_role("region", name="Devices").get_by_role("button", name="Revoke").click()
    await desk.page.get_by_role("dialog", name="Revoke this device?").get_by_role("button", name="Revoke").click()
    await expect_soon(desk.page.get_by_text("Revoked on")).to_be_visible()
    await expect_soon(phone.page.get_by_role("heading", name="This device was revoked")).to_be_visible(timeout=20_000)
    await desk.button("Back").click()
    await expect_soon(desk.button("Dr Ines Moreau")).to_contain_text("no device")
    await desk.button("The log").click()
    await expect_soon(desk.page.get_by_text("Checked by this device")).to_be_visible()
    assert desk.errors == []


@pytest.fixture
def administrator(page: Page, origin: str) -> Page:
    page.goto(f"{origin}/{ADMINISTRATOR}")
    return page


def names(page: Page) -> list[str]:
    return page.get_by_role("list", name="People").locator("strong").all_inner_texts()


def test_nobody_but_an_administrator_is_offered_the_page(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/administration")
    expect(page.get_by_role("heading", name="Threads")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    page.goto(f"{origin}/?status=ready#/settings")
    expect(page.get_by_role("button", name="My devices")).to_be_visible()
    expect(page.get_by_role("button", name="Administration")).to_have_count(0)


def test_the_start_and_the_settings_lead_there(page: Page, origin: str) -> None:
    page.goto(f"{origin}/{ADMINISTRATOR.replace('administration', 'threads')}")
    page.get_by_role("link", name="Administration").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Administration of Base Hospital")).to_be_visible()
    page.keyboard.press("Escape")
    button(page, "Settings")
    button(page, "Administration")
    expect(page.get_by_role("dialog", name="Administration of Base Hospital")).to_be_visible()


def test_emergencies_stay_the_privacy_officers(page: Page, origin: str, administrator: Page) -> None:
    expect(page.get_by_role("navigation", name="Administration").get_by_role("button")).to_have_count(3)
    page.goto(f"{origin}/{ADMINISTRATOR.replace('status', 'emergencies=6&status')}")
    page.get_by_role("dialog").get_by_role("button", name="Emergencies to review").click()
    expect(page.get_by_role("dialog", name="Emergencies to review")).to_be_visible()


def test_who_needs_something_comes_first_and_in_words(administrator: Page) -> None:
    expect(administrator.get_by_role("button", name="Dr Zoe Halloran")).to_contain_text("Waits to be confirmed")
    assert names(administrator)[:4] == ["Dr Zoe Halloran", "Dr Tomasz Wiśniewski", "Dr Lin Wei", "Dr Sam <b>O’Hara</b>"]
    expect(administrator.get_by_role("button", name="Dr Lin Wei")).to_contain_text("Runs out in 6 days")
    expect(administrator.get_by_role("button", name="Abel")).to_contain_text("Invited, not confirmed yet · no device")
    expect(administrator.get_by_role("button", name="Dr Bea")).to_contain_text("Ended on")


def test_later_pages_are_asked_for_and_kept_while_somebody_is_looked_at(administrator: Page) -> None:
    button(administrator, "Show more")
    expect(administrator.get_by_role("list", name="People").get_by_role("button")).to_have_count(40)
    member_shown("Nurse Number 20")(administrator)
    button(administrator, "Back")
    expect(administrator.get_by_role("list", name="People").get_by_role("button")).to_have_count(40)
    button(administrator, "Show more")
    expect(administrator.get_by_role("list", name="People").get_by_role("button")).to_have_count(45)
    expect(administrator.get_by_role("button", name="Show more")).to_have_count(0)


def test_people_are_found_by_name_and_by_what_they_need(administrator: Page) -> None:
    administrator.get_by_label("Show").select_option(label="Who has no device: 2")
    expect(administrator.get_by_role("list", name="People").get_by_role("button")).to_have_count(2)
    administrator.get_by_label("Search by name").fill("bea")
    expect(administrator.get_by_role("list", name="People").get_by_role("button")).to_have_count(1)
    administrator.get_by_label("Search by name").fill("nobody like that")
    expect(administrator.get_by_text("Nobody.", exact=True)).to_be_visible()


def test_the_keyboard_alone_ends_a_lost_device(administrator: Page) -> None:
    administrator.get_by_role("button", name="Dr Lin Wei").focus()
    administrator.keyboard.press("Enter")
    devices = administrator.get_by_role("region", name="Devices")
    expect(devices).to_contain_text("last signed in on Nov 26, 2026")
    expect(devices.locator("bdi", has_text="Chrome on Android")).to_have_count(1)
    devices.get_by_role("button", name="Revoke: Chrome on Android").focus()
    administrator.keyboard.press("Enter")
    asked = administrator.get_by_role("dialog", name="Revoke this device?")
    expect(asked).to_contain_text("“\u2068Chrome on Android\u2069” of \u2068Dr Lin Wei\u2069")
    asked.get_by_role("button", name="Revoke").focus()
    administrator.keyboard.press("Enter")
    expect(devices.get_by_role("button", name="Revoke")).to_have_count(0)
    expect(devices.get_by_text("Revoked on")).to_have_count(2)


def test_what_only_the_organisations_key_can_do_is_a_command(administrator: Page) -> None:
    member_shown("Dr Sam")(administrator)
    typed = administrator.get_by_role("region", name="To change this").locator("code").all_inner_texts()
    person = "per_AAAAAAAAAAAAAAAAAAAAA4"
    assert typed == [
        f"inscope administrator set-roles --person {person} --role intern",
        f"inscope administrator invite --name 'Dr Sam <b>O’Hara</b>' --person {person} --role intern",
        f"inscope administrator set-roles --person {person} --days 0",
    ]


def test_a_device_that_another_took_the_place_of_is_told_from_one_that_waits(administrator: Page) -> None:
    member_shown("Dr Sam")(administrator)
    devices = administrator.get_by_role("region", name="Devices").get_by_role("listitem")
    expect(devices.filter(has_text="Safari on iPhone")).to_contain_text(
        "Replaced: another device of theirs is confirmed"
    )
    expect(devices.filter(has_text="Chrome on Android")).not_to_contain_text("onfirmed")
    button(administrator, "Back")
    member_shown("Dr Zoe")(administrator)
    expect(devices.first).to_contain_text("Not confirmed")


def test_ones_own_device_is_not_ended_here(administrator: Page) -> None:
    member_shown("Dr Ilya Novak")(administrator)
    expect(administrator.get_by_role("button", name="Revoke")).to_have_count(0)
    expect(administrator.get_by_text("Settings, Forget this device")).to_be_visible()


def test_denials_are_counted_and_told_one_by_one_without_a_patient(administrator: Page) -> None:
    denials_shown(administrator)
    expect(administrator.get_by_role("heading", name="10 refusals in 30 days")).to_be_visible()
    first = administrator.get_by_role("region", name="Why").get_by_role("listitem").first
    expect(first).to_have_text("6 The patient has withdrawn consent.")
    told = administrator.get_by_role("region", name="One by one")
    expect(told).to_contain_text("Dr Lin Wei tried to add somebody to a thread")
    expect(told).to_contain_text("The consent does not cover somebody in the thread.")
    button(administrator, "Show more")
    expect(told.get_by_text("tried to")).to_have_count(8)


def test_that_nothing_was_denied_is_said(administrator: Page) -> None:
    nothing_denied(administrator)
    expect(administrator.get_by_role("region", name="One by one")).to_have_count(0)


def test_the_log_is_checked_at_once_and_a_fault_is_no_check(page: Page, origin: str, administrator: Page) -> None:
    button(administrator, "The log")
    expect(administrator.get_by_text("Checked by this device")).to_be_visible()
    expect(administrator.get_by_text("inscope log verify --head inscope-log-head.json", exact=True)).to_be_visible()
    administrator.evaluate("window.madeUp.raiseAlarm('log_shortened')")
    dialog = administrator.get_by_role("dialog")
    expect(dialog).to_contain_text("The server has taken entries out")
    expect(dialog.get_by_text("Checked by this device")).to_have_count(0)
