"""With the page locked and the browser closed after some work: what a thief of disk or memory would find."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import nacl.bindings
from PIL import Image
from playwright.async_api import BrowserContext, Playwright, async_playwright, expect

from browser.carving import Needles, carve, in_memory, of_bytes, of_pixels, of_text
from browser.chromium import WHOLE
from browser.conftest import ARGUMENTS, PASSPHRASE, PHONE, Ward, Window, in_browsers_loop
from browser.test_attaching import GIVE
from browser.test_story import new_thread, record_consent
from inscope_protocol.encoding import decode_base64url

SIDE = 160
LONG_ENOUGH = 4
"""Seconds, within which a browser writes down what stands in a page, to restore it after a crash."""
WORDS = {
    "a title": "Kanarienvogel im Titel",
    "a message": "Canary of the text message",
    "an answer": "Canary of the answer to it",
    "words with a picture": "Canary of the caption here",
    "words not sent": "Canary never sent anywhere",
    "the patient's name": "Alex Canary",
    "a part of the body": "canary metatarsal",
    "the passphrase": PASSPHRASE,
}
ENCODE = """async ([text, type, quality]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  const bitmap = await createImageBitmap(new Blob([bytes], { type }))
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  canvas.getContext('2d').drawImage(bitmap, 0, 0)
  const encoded = new Uint8Array(await (await canvas.convertToBlob({ type, quality })).arrayBuffer())
  return btoa(String.fromCharCode(...encoded))
}"""


def noise() -> Image.Image:
    """A picture like no other."""
    return Image.frombytes("RGB", (SIDE, SIDE), secrets.token_bytes(SIDE * SIDE * 3))


def encoded(picture: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    picture.save(out, kind, quality=92)
    return out.getvalue()


@in_browsers_loop
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


async def profile_window(playwright: Playwright, profile: Path) -> BrowserContext:
    context = await playwright.chromium.launch_persistent_context(
        str(profile), executable_path=WHOLE, args=ARGUMENTS, viewport=PHONE
    )
    context.set_default_timeout(20_000)
    return context


async def person_in(ward: Ward, context: BrowserContext, home: Any, name: str, role: str) -> Window:
    person = await home.invite(name, (role,), ())
    window = Window(context.pages[0], context, person)
    await window.page.goto(f"{ward.running.origin}/#/invitation/{person.fragment}")
    await ward.enrol(window, home)
    return window


async def needles_of(playwright: Playwright, picture: Image.Image, blank: str) -> dict[str, bytes]:
    """The words, the pixels, and the picture's bytes, as chosen and as this very browser encodes them afresh."""
    found = {name: needle for words in (of_text(*each) for each in WORDS.items()) for name, needle in words.items()}
    browser = await playwright.chromium.launch(executable_path=WHOLE, args=ARGUMENTS)
    page = await browser.new_page()
    await page.goto(blank)
    for kind, mime in (("PNG", "image/png"), ("JPEG", "image/jpeg")):
        chosen = encoded(picture, kind)
        afresh = await page.evaluate(ENCODE, [base64.b64encode(chosen).decode(), mime, 0.92])
        found |= of_bytes(f"the chosen {kind}", chosen) | of_bytes(f"the sent {kind}", base64.b64decode(afresh))
    await browser.close()
    return found | of_pixels("the picture", picture)


async def attach(window: Window, picture: Image.Image, caption: str) -> None:
    """The same picture as a PNG and as a JPEG, in one message."""
    page = window.page
    await window.button("Attach an image").click()
    await window.button("Next: picture").click()
    for kind in ("PNG", "JPEG"):
        # Dropped, since the tool that chooses a file for a field keeps that field, and whatever hangs on it, in memory.
        await page.evaluate(GIVE, ["drop", [base64.b64encode(encoded(picture, kind)).decode()]])
        await expect(page.get_by_role("img", name="The picture that will be sent")).to_be_visible()
        is_radiograph = page.get_by_role("radio", name=re.compile("Radiograph"))
        await expect(is_radiograph).not_to_be_checked()  # Once this one is shown, and not the one before.
        await is_radiograph.check()
    await page.get_by_label("Part of the body").fill(WORDS["a part of the body"])
    await page.get_by_label("Words with it").fill(caption)
    await window.button(re.compile("^Next")).click()
    await window.button("Send 2 images").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def write(window: Window, text: str) -> None:
    await window.page.get_by_role("textbox", name="Message").fill(text)
    await window.page.keyboard.press("Enter")


async def open_first(window: Window) -> None:
    page = window.page
    await page.get_by_role("figure").first.get_by_role("button", name="Open", exact=True).click()
    await expect(page.get_by_role("img", name=re.compile("marked with your name"))).to_be_attached()
    await expect(page.get_by_text("Opening…")).to_have_count(0)
    await page.wait_for_timeout(500)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


STORED = """() => new Promise((resolve) => {
  const opening = indexedDB.open('inscope')
  opening.onsuccess = () => {
    const asked = opening.result.transaction('records').objectStore('records').get('keystore')
    asked.onsuccess = () => { opening.result.close(); resolve(new TextDecoder().decode(asked.result)) }
  }
})"""


async def keys_of(window: Window) -> dict[str, bytes]:
    """What the passphrase opens (SPEC S2), worked out from the stored keystore as the owner could."""
    text = await window.page.evaluate(STORED)
    stored = json.loads(text)
    head = {name: stored[name] for name in ("v", "kdf", "memory", "passes", "salt")}
    derived = nacl.bindings.crypto_pwhash_alg(
        32, PASSPHRASE.encode(), decode_base64url(stored["salt"]), stored["passes"], stored["memory"],
        nacl.bindings.crypto_pwhash_ALG_ARGON2ID13,
    )  # fmt: skip
    plain = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
        decode_base64url(stored["sealed"]), json.dumps(head, separators=(",", ":")).encode(),
        decode_base64url(stored["nonce"]), derived,
    )  # fmt: skip
    keys = json.loads(plain)
    raw = {f"the {name} key": decode_base64url(key)[:32] for name, key in keys.items()}
    spelt = {f"the {name} key, spelt": key.encode()[:40] for name, key in keys.items()}
    return {"the keystore key": derived, **raw, **spelt}


async def lock(window: Window) -> None:
    await window.button("Lock").click()
    await expect(window.page.get_by_role("heading", name="Unlock InScope")).to_be_visible()


async def unlock(window: Window) -> None:
    await window.page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    await window.button("Unlock").click()
    await expect(window.page.get_by_role("heading", name="Threads")).to_be_visible()


async def test_a_story_leaves_nothing_in_the_profile_nor_in_the_memory_of_a_locked_page(
    ward: Ward, playwright: Playwright, tmp_path: Path
) -> None:
    picture = noise()
    needles: Needles = await needles_of(playwright, picture, f"{ward.running.origin}/icon.svg")
    sending, receiving = [await profile_window(playwright, tmp_path / name) for name in ("sender", "receiver")]
    intern = await person_in(ward, sending, ward.riverbend, "Dr Ines Moreau", "intern")
    await lock(intern)
    _, before = await in_memory(intern.page, needles)
    await unlock(intern)
    specialist = await person_in(ward, receiving, ward.coastal, "Dr Samuel Okafor", "surgeon")
    await new_thread(intern, "Case", WORDS["a title"], "okafor", "Okafor")
    await intern.button("Attach an image").click()
    await intern.button("Record a consent").click()
    await record_consent(intern, "Dr Samuel Okafor")
    await intern.button("Cancel").click()
    await write(intern, WORDS["a message"])
    await attach(intern, picture, WORDS["words with a picture"])
    await specialist.page.get_by_role("link", name=re.compile(WORDS["a title"])).click()
    await open_first(specialist)
    await write(specialist, WORDS["an answer"])
    await expect(intern.page.get_by_role("log").get_by_text(WORDS["an answer"])).to_be_visible()
    await open_first(intern)
    await intern.page.route("**/api/uploads/**", lambda route: route.abort())
    await attach(intern, picture, WORDS["words with a picture"])
    await expect(intern.page.get_by_text("Line lost. It goes on by itself.")).to_be_visible()
    for window in (intern, specialist):
        await window.page.get_by_role("textbox", name="Message").fill(WORDS["words not sent"])
    await asyncio.sleep(LONG_ENOUGH)
    keys = [await keys_of(window) for window in (intern, specialist)]
    for window, own in zip((intern, specialist), keys, strict=True):
        assert "a message, UTF-8" in (await in_memory(window.page, needles))[0], "an unlocked page has it"
        await lock(window)
        strings, buffers = await in_memory(window.page, {**needles, **own})
        assert strings == set()
        assert buffers - before == Counter()
        await window.page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
        await window.button("Show").click()
    await asyncio.sleep(LONG_ENOUGH)
    for context in (sending, receiving):
        await context.close()
    for profile, own in zip(("sender", "receiver"), keys, strict=True):
        assert carve(tmp_path / profile, {**needles, **own}) == set()


LEAVE = """async ([words, png, pixels]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  localStorage.setItem('left', words.a)
  sessionStorage.setItem('left', words.b)
  await (await caches.open('left')).put('/left', new Response(words.c))
  await (await caches.open('left')).put('/png', new Response(bytes(png)))
  await new Promise((resolve) => {
    const opening = indexedDB.open('left', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('left')
    opening.onsuccess = () => {
      const writing = opening.result.transaction('left', 'readwrite', { durability: 'strict' })
      writing.objectStore('left').put(words.d, 'd')
      writing.objectStore('left').put(bytes(pixels), 'pixels')
      writing.oncomplete = resolve
    }
  })
  history.pushState({}, '', `/left#${words.e}`)
  window.left = [words.f, bytes(png)]
  document.body.append(Object.assign(document.createElement('textarea'), { ariaLabel: 'Left' }))
}"""


async def test_what_is_left_behind_is_found(ward: Ward, playwright: Playwright, tmp_path: Path) -> None:
    """The same search, where each place holds something: without this, finding nothing would say nothing."""
    picture = noise()
    png = encoded(picture, "PNG")
    pixels = of_pixels("pixels", picture)
    words = {place: f"{place}-{secrets.token_hex(12)}" for place in "abcdefg"}
    context = await profile_window(playwright, tmp_path / "leaky")
    page = context.pages[0]
    await page.goto(ward.running.origin)
    run = pixels[f"pixels, row {SIDE // 2}, BGRA"]
    await page.evaluate(LEAVE, [words, base64.b64encode(png).decode(), base64.b64encode(run).decode()])
    needles = of_bytes("png", png) | pixels | {name: word.encode() for name, word in words.items()}
    needles |= {f"{name}, UTF-16": word.encode("utf-16-le") for name, word in words.items()}
    await page.get_by_label("Left").fill(words["g"])
    strings, buffers = await in_memory(page, needles)
    assert "f" in strings
    assert buffers[len(png)] == 1
    await asyncio.sleep(LONG_ENOUGH)
    await context.close()
    found = carve(tmp_path / "leaky", needles)
    for place in "abcdeg":
        assert found & {place, f"{place}, UTF-16"}, f"{place} is not found"
    assert f"pixels, row {SIDE // 2}, BGRA" in found
    assert any(name.startswith("png at") for name in found)
