"""Unlocking by a passkey (SPEC S2.2, S2.3) in Chromium, with an authenticator whose finger the test puts down."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect
from playwright.sync_api import Page as SyncPage
from playwright.sync_api import expect as expect_now

from browser.conftest import DESKTOP, PASSPHRASE, PHONE, Ward, Window
from browser.preview.hands import button
from browser.test_devices import LEFT
from browser.virtual_authenticator import SECURITY_KEY, VirtualAuthenticator

RECORDS = """() => new Promise((resolve) => {
  const text = (bytes) => btoa(String.fromCharCode(...bytes))
  const opening = indexedDB.open('inscope')
  opening.onsuccess = () => {
    const store = opening.result.transaction('records').objectStore('records')
    const [keys, values] = [store.getAllKeys(), store.getAll()]
    values.onsuccess = () => {
      opening.result.close()
      resolve(keys.result.map((key, i) => [key, text(values.result[i])]))
    }
  }
})"""
PLANT = """(records) => new Promise((resolve) => {
  const opening = indexedDB.open('inscope')
  opening.onsuccess = () => {
    const writing = opening.result.transaction('records', 'readwrite', { durability: 'strict' })
    const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
    for (const [key, text] of records) writing.objectStore('records').put(bytes(text), key)
    writing.oncomplete = () => { opening.result.close(); resolve() }
  }
})"""
"""Into a browser that has loaded the page and is nobody's device."""
WATCH = """() => {
  window.values = []
  const told = PublicKeyCredential.prototype.getClientExtensionResults
  PublicKeyCredential.prototype.getClientExtensionResults = function () {
    const results = told.call(this)
    if (results.prf?.results) window.values.push(results.prf.results.first)
    return results
  }
}"""
ZEROS = "window.values.map((value) => new Uint8Array(value).every((byte) => byte === 0))"
UNLOCK = re.compile("^Unlock with fingerprint")


async def device(ward: Ward, size: Any = PHONE, **authenticator: Any) -> tuple[Window, VirtualAuthenticator]:
    window = await ward.window(ward.riverbend, "Dr Ines Moreau", size, roles=("intern",))
    virtual = await VirtualAuthenticator.of(window, **authenticator)
    await ward.enrol(window, ward.riverbend)
    return window, virtual


async def begin_adding(window: Window, label: str = "") -> None:
    page = window.page
    await window.button("Settings").click()
    await window.button("Fingerprint, face or security key").click()
    await page.get_by_role("dialog").get_by_role("button", name=re.compile("^Add")).click()
    if label:
        await page.get_by_label("What to call it in lists").fill(label)
    await page.get_by_label("Passphrase of this device").fill(PASSPHRASE)
    await window.button("Go on").click()


async def add(window: Window, label: str = "My finger") -> None:
    await begin_adding(window, label)
    await window.button("Try it once").click()
    await expect(window.page.get_by_text("unlocks this device from now on")).to_be_visible()
    await window.button("Close").click()


async def lock(window: Window) -> None:
    await window.button("Lock").click()
    await expect(window.page.get_by_role("heading", name="Unlock InScope")).to_be_visible()


def complaints(window: Window) -> list[str]:
    """Not that a session which ended with the lock is begun anew."""
    return [error for error in window.errors if "401" not in error]


async def type_passphrase(window: Window) -> None:
    await window.page.get_by_label("Or your passphrase").fill(PASSPHRASE)
    await window.button(re.compile("^Unlock$")).click()
    await is_open(window.page)


async def is_open(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Threads")).to_be_visible()


async def reach(page: Page, what: str) -> None:
    """By the Tab key alone: until that, of the element that has the focus, is so."""
    for _ in range(12):
        if await page.evaluate(f"(({{ tagName, textContent, type }}) => {what})(document.activeElement)"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"not reached: {what}")


async def press_on(page: Page, name: str) -> None:
    await reach(page, f"tagName === 'BUTTON' && textContent.trim() === '{name}'")
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_one_press_unlocks_after_a_lock_and_after_a_reload(ward: Ward, size: Any) -> None:
    """From the offer to the open device, by the keyboard alone."""
    window, virtual = await device(ward, size)
    page, kind = window.page, "phone" if size is PHONE else "desktop"
    await expect(page.get_by_text("in place of the passphrase?")).to_be_visible()
    await virtual.shot(f"passkey-offered-{kind}")
    await press_on(page, "Show me")
    await virtual.shot(f"passkeys-none-{kind}")
    await press_on(page, "Add")
    await expect(page.get_by_label("What to call it in lists")).to_have_value("Computer")
    await reach(page, "type === 'password'")
    await page.keyboard.type(PASSPHRASE)
    await virtual.shot(f"passkey-adding-{kind}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Almost done")).to_be_visible()
    await virtual.shot(f"passkey-trying-{kind}")
    assert "passkeys" not in await page.evaluate(LEFT), "nothing is kept before it was tried"
    await press_on(page, "Try it once")
    await expect(page.get_by_text("“\u2068Computer\u2069” unlocks this device from now on")).to_be_visible()
    await virtual.shot(f"passkey-added-{kind}")
    (credential,) = await virtual.credentials()
    assert (credential["userName"], credential["rpId"]) == ("Computer", "localhost")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("in place of the passphrase?")).to_have_count(0)
    await lock(window)
    await expect(window.button(UNLOCK)).to_be_focused()
    await virtual.shot(f"unlock-by-passkey-{kind}")
    await page.keyboard.press("Enter")
    await is_open(page)
    await page.reload()
    await expect(window.button(UNLOCK)).to_be_focused()
    await page.keyboard.press("Enter")
    await is_open(page)
    assert complaints(window) == []


async def test_what_a_passkey_told_is_overwritten_once_it_was_used(ward: Ward) -> None:
    window, _ = await device(ward)
    await window.page.evaluate(WATCH)
    await add(window)
    await lock(window)
    await window.button(UNLOCK).click()
    await is_open(window.page)
    told = await window.page.evaluate(ZEROS)
    assert len(told) >= 2 and all(told)


async def test_a_finger_that_is_not_known_is_no_wrong_passphrase(ward: Ward) -> None:
    window, virtual = await device(ward)
    page = window.page
    await add(window)
    await lock(window)
    await virtual.recognises(False)
    for _ in range(4):
        await window.button(UNLOCK).click()
        await expect(page.get_by_text("Nothing was opened.")).to_be_visible()
    await expect(window.button(UNLOCK)).to_be_focused()
    await expect(page.get_by_text("has to wait")).to_have_count(0)
    await expect(page.get_by_role("alert").filter(has_text=re.compile("."))).to_have_count(0)
    await virtual.shot("unlock-by-passkey-cancelled")
    assert "unlock-tries" not in await page.evaluate(LEFT)
    await type_passphrase(window)
    assert complaints(window) == []


async def test_the_passphrase_may_be_typed_while_the_finger_is_waited_for(ward: Ward) -> None:
    window, virtual = await device(ward)
    await add(window)
    await lock(window)
    await virtual.send("setAutomaticPresenceSimulation", enabled=False)
    await window.button(UNLOCK).click()
    await expect(window.button("Your device asks you…")).to_be_visible()
    await type_passphrase(window)
    await lock(window)
    await virtual.send("setAutomaticPresenceSimulation", enabled=True)
    await window.button(UNLOCK).click()
    await is_open(window.page)
    assert complaints(window) == []


async def test_one_without_the_function_is_called_useless_and_not_kept(ward: Ward) -> None:
    window, virtual = await device(ward, hasPrf=False)
    await begin_adding(window)
    await expect(window.page.get_by_role("alert")).to_contain_text("cannot unlock InScope")
    await virtual.shot("passkey-useless")
    assert await virtual.credentials() == [], "its keeper was told"
    await window.button("Close").click()
    assert "passkeys" not in await window.page.evaluate(LEFT)
    await lock(window)
    await expect(window.button(UNLOCK)).to_have_count(0)
    await expect(window.page.get_by_label("Passphrase", exact=True)).to_be_focused()


async def test_whom_nobody_verifies_makes_none(ward: Ward) -> None:
    window, virtual = await device(ward, isUserVerified=False)
    await begin_adding(window)
    await expect(window.page.get_by_text("Nothing was added.")).to_be_visible()
    assert await virtual.credentials() == []
    await expect(window.page.get_by_label("Passphrase of this device")).to_have_value(PASSPHRASE)


async def test_one_that_is_not_tried_is_not_kept(ward: Ward) -> None:
    window, virtual = await device(ward)
    await begin_adding(window)
    await expect(window.page.get_by_text("Almost done")).to_be_visible()
    assert len(await virtual.credentials()) == 1
    await window.button("Back").click()
    await expect(window.button(re.compile("^Add"))).to_be_visible()
    assert await virtual.credentials() == [], "its keeper was told"
    assert "passkeys" not in await window.page.evaluate(LEFT)


async def test_a_copied_database_is_opened_by_no_other_passkey(ward: Ward) -> None:
    """Another browser with all that this one stores, and a passkey of the same name and key, but not its function."""
    window, virtual = await device(ward)
    await add(window)
    (credential,) = await virtual.credentials()
    stored = await window.page.evaluate(RECORDS)
    other = await ward.window(ward.riverbend, "Dr Nora Lind", roles=("intern",))
    forger = await VirtualAuthenticator.of(other)
    await expect(other.page.get_by_label("New passphrase", exact=True)).to_be_visible()
    await other.page.evaluate(PLANT, stored)
    await other.page.reload()
    await other.button(UNLOCK).click()
    await expect(other.page.get_by_text("Nothing was opened.")).to_be_visible()
    await forger.send("addCredential", credential={**credential, "signCount": 0})
    await other.button(UNLOCK).click()
    await expect(other.page.get_by_role("alert").first).to_contain_text("does not open this device")
    await expect(other.page.get_by_role("heading", name="Unlock InScope")).to_be_visible()
    await forger.shot("unlock-by-another-passkey")


async def test_what_is_stored_is_not_what_a_passkey_opens(ward: Ward) -> None:
    window, virtual = await device(ward)
    await add(window)
    (credential,) = await virtual.credentials()
    (copy,) = [base64.b64decode(value) for key, value in await window.page.evaluate(RECORDS) if key == "passkeys"]
    assert b"My finger" in copy, "a label is no secret"
    for secret in (PASSPHRASE, "Ines Moreau", window.person.person, credential["privateKey"][:20]):
        assert secret.encode() not in copy


async def copies(window: Window) -> list[str]:
    """The labels of the sealed copies that are stored."""
    stored = dict(await window.page.evaluate(RECORDS)).get("passkeys")
    return [one["label"] for one in json.loads(base64.b64decode(stored))["passkeys"]] if stored else []


async def remove(window: Window, label: str) -> None:
    await window.button(re.compile(f"^Remove: {label}")).click()
    await window.page.get_by_label("Passphrase of this device").fill(PASSPHRASE)
    await window.button("Remove it").click()
    await expect(window.page.get_by_role("status").filter(has_text="Removed.")).to_be_visible()


async def test_removing_deletes_the_copy_and_needs_the_passphrase(ward: Ward) -> None:
    window, virtual = await device(ward, **SECURITY_KEY)
    page = window.page
    await add(window, "Blue key")
    await virtual.send("removeVirtualAuthenticator")
    virtual = await VirtualAuthenticator.of(window)
    await add(window, "My finger")
    assert await copies(window) == ["Blue key", "My finger"]
    await window.button("Settings").click()
    await window.button("Fingerprint, face or security key").click()
    await expect(page.get_by_role("dialog").get_by_role("listitem")).to_contain_text(["Blue key", "My finger"])
    await virtual.shot("passkeys-two")
    await window.button(re.compile("^Remove: Blue key")).click()
    await page.get_by_label("Passphrase of this device").fill("a wrong passphrase")
    await window.button("Remove it").click()
    await expect(page.get_by_role("alert")).to_contain_text("does not open this device")
    await virtual.shot("passkey-removing")
    await window.button("Back").click()
    await remove(window, "Blue key")
    assert await copies(window) == ["My finger"]
    await virtual.shot("passkey-removed")
    await window.button("Close").click()
    await lock(window)
    await window.button(UNLOCK).click()
    await is_open(page)
    await page.goto(f"{ward.running.origin}/#/passkeys")
    await remove(window, "My finger")
    assert "passkeys" not in await page.evaluate(LEFT)
    assert await virtual.credentials() == [], "its keeper was told"
    await window.button("Close").click()
    await lock(window)
    await expect(window.button(UNLOCK)).to_have_count(0)
    assert complaints(window) == []


async def test_a_revoked_device_keeps_no_copy_for_a_passkey(ward: Ward) -> None:
    window, virtual = await device(ward)
    await add(window)
    page, accounts = window.page, ward.running.server.accounts
    (cookie,) = [one["value"] for one in await window.context.cookies() if "inscope_session" in one["name"]]
    caller = await accounts.caller(cookie)
    assert caller is not None
    await accounts.sessions.revoke(caller, caller.device)
    await expect(page.get_by_role("heading", name="This device was revoked")).to_be_visible(timeout=20_000)
    assert await page.evaluate(LEFT) == ["revoked"]
    assert await virtual.credentials() == [], "its keeper was told"


def test_it_is_offered_until_it_was_answered_and_only_where_the_device_can(page: SyncPage, origin: str) -> None:
    offer = page.get_by_text("in place of the passphrase?")
    page.goto(f"{origin}/?status=ready&support=possible#/threads")
    expect_now(page.get_by_role("button", name="New thread")).to_be_visible()
    expect_now(offer).to_have_count(0)
    page.goto(f"{origin}/?status=ready&support=built-in&passkeys=1#/threads")
    expect_now(page.get_by_role("button", name="New thread")).to_be_visible()
    expect_now(offer).to_have_count(0)
    page.goto(f"{origin}/?status=ready&support=built-in#/threads")
    expect_now(offer).to_be_visible()
    button(page, "Not now")
    expect_now(offer).to_have_count(0)
    page.reload()
    expect_now(page.get_by_role("button", name="New thread")).to_be_visible()
    expect_now(offer).to_have_count(0)


def test_where_a_browser_cannot_it_is_said_and_nothing_is_begun(page: SyncPage, origin: str) -> None:
    page.goto(f"{origin}/?status=ready&support=none#/passkeys")
    expect_now(page.get_by_text("This browser cannot do it.")).to_be_visible()
    expect_now(page.get_by_role("button", name="Add")).to_have_count(0)


def test_cancelled_the_passphrase_is_not_typed_again_but_after_a_failure_it_is(page: SyncPage, origin: str) -> None:
    field = page.get_by_label("Passphrase of this device")
    for address, label, left in (("&cancels", "Key", "correct horse battery"), ("", "Old key", "")):
        page.goto("about:blank")
        page.goto(f"{origin}/?status=ready{address}#/passkeys")
        button(page, "Add")
        page.get_by_label("What to call it").fill(label)
        field.fill("correct horse battery")
        button(page, "Go on")
        expect_now(page.get_by_text("Nothing was added.")).to_be_visible()
        expect_now(field).to_have_value(left)
