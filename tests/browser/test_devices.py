"""A person's own devices, on the screen and in the browser's database."""

from __future__ import annotations

import re

from playwright.async_api import expect
from playwright.sync_api import Page
from playwright.sync_api import expect as expect_now

from browser.conftest import DESKTOP, PASSPHRASE, Ward
from browser.preview.hands import OUTDATED, button, pick
from browser.test_story import new_thread

LEFT = """() => new Promise((resolve) => {
  const opening = indexedDB.open('inscope')
  opening.onsuccess = () => {
    const asked = opening.result.transaction('records').objectStore('records').getAllKeys()
    asked.onsuccess = () => { opening.result.close(); resolve(asked.result) }
  }
})"""


async def test_a_revoked_device_empties_its_database_and_says_so_through_a_reload(ward: Ward) -> None:
    window = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    await ward.enrol(window, ward.riverbend)
    page, accounts = window.page, ward.running.server.accounts
    assert "keystore" in await page.evaluate(LEFT)
    (cookie,) = [one["value"] for one in await window.context.cookies() if "inscope_session" in one["name"]]
    caller = await accounts.caller(cookie)
    assert caller is not None
    await accounts.sessions.revoke(caller, caller.device)
    await expect(page.get_by_role("heading", name="This device was revoked")).to_be_visible(timeout=20_000)
    await expect(page.get_by_role("alert")).to_contain_text("have been deleted from it")
    assert await page.evaluate(LEFT) == ["revoked"]
    await page.reload()
    await expect(page.get_by_role("heading", name="This device was revoked")).to_be_visible()


async def test_a_device_is_forgotten_in_settings(ward: Ward) -> None:
    window = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    await ward.enrol(window, ward.riverbend)
    page = window.page
    await window.button("Settings").click()
    await window.button("My devices").click()
    await expect(page.get_by_role("dialog").get_by_role("listitem")).to_contain_text("Computer, this one")
    await window.button(re.compile("^Forget this device")).click()
    await window.button("Forget it").click()
    await expect(page.get_by_role("heading", name="You need an invitation")).to_be_visible()
    assert await page.evaluate(LEFT) == []


async def test_a_device_that_is_replaced_says_so_and_its_threads_are_put_right_with_one_press(ward: Ward) -> None:
    ines = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    samuel = await ward.window(ward.coastal, "Dr Samuel Okafor", DESKTOP, roles=("surgeon",))
    for window, home in ((ines, ward.riverbend), (samuel, ward.coastal)):
        await ward.enrol(window, home)
    await new_thread(ines, "Case", "Left forearm", "Okafor", "Samuel")
    await samuel.page.get_by_role("link", name="Left forearm").click()
    await expect(samuel.page.get_by_text("2 people see this")).to_be_visible()
    again = await ward.replacing(ines, ward.riverbend)
    await ward.enrol(again, ward.riverbend)
    await expect(ines.page.get_by_text("This device has been replaced")).to_be_visible()
    await expect(ines.page.get_by_label("Message", exact=True)).to_have_count(0)
    await expect(ines.page.get_by_text("will be sent")).to_have_count(0)
    await ines.shot("device-replaced")
    await expect(samuel.page.get_by_text("they cannot read this thread")).to_be_visible()
    await expect(samuel.page.get_by_text("1 person sees this")).to_be_visible()
    await samuel.shot("device-ended-in-a-thread")
    await samuel.button("Add their new device").click()
    await expect(samuel.page.get_by_text("2 people see this")).to_be_visible()
    await expect(samuel.page.get_by_text("You added the new device of Dr Ines Moreau")).to_be_visible()
    await samuel.shot("device-renewed-in-a-thread")
    await again.page.get_by_role("link", name="Left forearm").click()
    await expect(again.page.get_by_text("This thread is called “Left forearm”.")).to_be_visible()
    await again.shot("device-new-in-a-thread")
    await again.page.goto(f"{ward.running.origin}/#/devices")
    await expect(again.page.get_by_text("Replaced by this device")).to_be_visible()
    await again.shot("device-replacing")
    await again.button(re.compile("^Revoke")).click()
    await again.page.get_by_role("dialog", name="Revoke this device?").get_by_role("button", name="Revoke").click()
    await expect(ines.page.get_by_role("heading", name="This device was revoked")).to_be_visible(timeout=10_000)
    assert samuel.errors == again.errors == []


async def test_a_phone_and_a_desktop_of_one_person_at_the_same_time(ward: Ward) -> None:
    ines = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    samuel = await ward.window(ward.coastal, "Dr Samuel Okafor", DESKTOP, roles=("surgeon",))
    for window, home in ((ines, ward.riverbend), (samuel, ward.coastal)):
        await ward.enrol(window, home)
    await new_thread(ines, "Case", "Left forearm", "Okafor", "Samuel")
    await ines.page.goto(f"{ward.running.origin}/#/devices")
    await ines.button("Add another device").click()
    await ines.page.get_by_label("Passphrase of this device", exact=True).fill(PASSPHRASE)
    await ines.button("Show the code").click()
    link = await ines.page.get_by_role("textbox", name="Link for the new device").input_value()
    await expect(ines.page.get_by_label("Code with the link")).to_be_visible()
    await ines.shot("device-beside-code")
    desktop = await ward.opened(link, ines.person, DESKTOP)
    await desktop.page.get_by_label("Name of this device").fill("Ward 7, desk")
    for field in ("New passphrase", "The same once more"):
        await desktop.page.get_by_label(field, exact=True).fill(PASSPHRASE)
    await desktop.shot("device-beside-enter")
    await desktop.page.keyboard.press("Enter")
    await expect(desktop.page.get_by_role("heading", name="Type this number")).to_be_visible(timeout=30_000)
    await desktop.shot("device-beside-number")
    number = await desktop.page.locator(".number").inner_text()
    await expect(ines.page.get_by_text("It calls itself Ward 7, desk.")).to_be_visible()
    await ines.shot("device-beside-asks")
    await ines.page.get_by_label("Number on the new device").fill(number)
    await ines.page.keyboard.press("Enter")
    await expect(ines.page.get_by_text("is a device of yours now")).to_be_visible()
    await expect(ines.page.get_by_text("It is in your one thread.")).to_be_visible(timeout=20_000)
    await ines.shot("device-beside-added")
    await ines.button("Done").click()
    await expect(ines.page.get_by_role("listitem").filter(has_text="Ward 7, desk")).to_be_visible()
    await ines.shot("device-beside-listed")
    await desktop.page.get_by_role("link", name="Left forearm").click()
    await expect(desktop.page.get_by_text("2 people see this")).to_be_visible()
    await desktop.page.get_by_label("Message", exact=True).fill("Written at the desk.")
    await desktop.page.get_by_label("Message", exact=True).press("Enter")
    await ines.page.goto(f"{ward.running.origin}/#/threads")
    await ines.page.get_by_role("link", name="Left forearm").click()
    await expect(ines.page.get_by_role("article", name=re.compile("^You,"))).to_contain_text("Written at the desk.")
    await expect(samuel.page.get_by_text("2 people")).to_have_count(0)
    await samuel.page.get_by_role("link", name="Left forearm").click()
    await expect(samuel.page.get_by_text("Dr Ines Moreau reads this thread on another device too.")).to_be_visible()
    await samuel.shot("device-beside-told")
    assert ines.errors == desktop.errors == samuel.errors == []


async def test_a_link_that_somebody_else_has_used_says_so_and_nobody_comes_by_it(ward: Ward) -> None:
    ines = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    await ward.enrol(ines, ward.riverbend)
    await ines.page.goto(f"{ward.running.origin}/#/add-device")
    await ines.page.get_by_label("Passphrase of this device", exact=True).fill(PASSPHRASE)
    await ines.button("Show the code").click()
    link = await ines.page.get_by_role("textbox", name="Link for the new device").input_value()
    thief = await ward.opened(link, ines.person, DESKTOP)
    for field in ("New passphrase", "The same once more"):
        await thief.page.get_by_label(field, exact=True).fill(PASSPHRASE)
    await thief.button("Set up this device").click()
    await expect(thief.page.get_by_role("heading", name="Type this number")).to_be_visible(timeout=30_000)
    desktop = await ward.opened(link, ines.person, DESKTOP)
    await expect(desktop.page.get_by_role("alert")).to_contain_text("This link has been used")
    await ines.button("It is not mine").click()
    await expect(thief.page.get_by_role("heading", name="This device was not added")).to_be_visible(timeout=20_000)
    await expect(ines.page.get_by_role("dialog").get_by_role("listitem")).to_have_count(1)
    await ines.button("Add another device").click()
    await ines.page.get_by_label("Passphrase of this device", exact=True).fill(PASSPHRASE)
    await ines.button("Show the code").click()
    await thief.page.goto(await ines.page.get_by_role("textbox", name="Link for the new device").input_value())
    await expect(thief.page.get_by_role("heading", name="Another device of Dr Ines Moreau")).to_be_visible()


def test_who_cannot_read_a_thread_is_found_among_whom_to_add(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?{OUTDATED.removeprefix('?')}")
    button(page, "Add people")
    pick(page, "Whom?", "City", "Amara")
    expect_now(page.get_by_role("button", name="Drop Dr Amara")).to_be_visible()


def test_a_lost_device_is_revoked_after_a_question(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/devices")
    button(page, "Revoke: Phone or tablet")
    question = page.get_by_role("dialog", name="Revoke this device?")
    expect_now(question).to_contain_text("“\u2068Phone or tablet\u2069”")
    expect_now(question).to_contain_text("cannot be taken back")
    expect_now(page.locator("li bdi", has_text="Phone or tablet").first).to_be_visible()
    question.get_by_role("button", name="Keep it").click()
    expect_now(page.get_by_role("button", name=re.compile("^Revoke"))).to_have_count(1)
    button(page, "Revoke: Phone or tablet")
    question.get_by_role("button", name="Revoke").click()
    expect_now(page.get_by_role("button", name=re.compile("^Revoke"))).to_have_count(0)
    expect_now(page.get_by_text(re.compile("^Revoked on"))).to_have_count(2)


def test_how_long_the_next_passphrase_waits_is_said_and_runs_down(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=locked&waits=2500")
    page.get_by_label("Passphrase", exact=True).fill("correct horse battery")
    expect_now(page.get_by_text(re.compile(r"has to wait: \d seconds?"))).to_be_visible()
    expect_now(page.get_by_role("button", name="Unlock")).to_be_disabled()
    expect_now(page.get_by_role("button", name="Unlock")).to_be_enabled()
    expect_now(page.get_by_text("has to wait")).to_have_count(0)
