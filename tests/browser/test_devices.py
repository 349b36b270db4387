"""A person's own devices, on the screen and in the browser's database."""

from __future__ import annotations

import re

from playwright.async_api import expect
from playwright.sync_api import Page
from playwright.sync_api import expect as expect_now

from browser.conftest import Ward
from browser.preview.hands import button

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
