"""The whole story in two windows, as its users would click it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from browser.conftest import DESKTOP, PASSPHRASE, PHONE, Ward, Window

SAMPLE = Path(__file__).resolve().parents[2] / "client_web" / "public" / "sample-xray.jpg"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "radiograph" / "right-leg.jpg"
XRAY = REAL if REAL.exists() else SAMPLE
CASE, SOCIAL = "Right leg, fell from ladder", "The unicorn of breaks"
ADVICE = "Undisplaced. Backslab, and send him to clinic on Monday."


async def choose_person(window: Window, label: str, search: str, person: str) -> None:
    await window.page.get_by_label(label).fill(search)
    await window.page.get_by_role("button", name=re.compile(person)).first.click()


async def new_thread(window: Window, kind: str, title: str, search: str, person: str) -> None:
    page = window.page
    await window.button("New thread").click()
    await page.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    await page.get_by_label("Title").fill(title)
    await choose_person(window, "With whom?", search, person)
    await window.shot(f"new-thread-{kind.lower()}")
    await window.button("Start thread").click()
    await expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=20_000)


async def record_consent(window: Window, *people: str) -> None:
    """From a dialog that offers it: agreed, radiographs, and `people`, proposed for being in the case."""
    dialog = window.page.get_by_role("dialog").last
    await dialog.get_by_role("button", name="Agreed").click()
    for person in people:
        await expect(dialog.get_by_role("button", name=f"Drop {person}")).to_be_visible()
    await dialog.get_by_role("checkbox", name=re.compile("Radiograph")).check()
    await dialog.get_by_label("Information sheet explained").select_option(label="English")
    await dialog.get_by_label("Patient’s name").fill("Alex Canary")
    await dialog.get_by_label("Record number").fill("RN-771")
    await window.shot("consent-form")
    await dialog.get_by_role("button", name="Record the consent").click()


async def attach(window: Window) -> None:
    page = window.page
    await window.button("Attach an image").click()
    await window.shot("attach-no-consent")
    await window.button("Record a consent").click()
    await record_consent(window, "Dr Samuel Okafor")
    await window.button("Next: picture").click()
    await page.get_by_label("Picture file").set_input_files(XRAY)
    await expect(page.get_by_role("img", name="The picture that will be sent")).to_be_visible(timeout=20_000)
    await page.get_by_role("radio", name=re.compile("Radiograph")).check()
    await page.get_by_label("Part of the body").fill("leg")
    await page.get_by_label("Side").select_option("right")
    await page.get_by_label("Words with it").fill("Is this displaced?")
    await window.shot("attach-picture")
    await window.button(re.compile("^Next")).click()
    await expect(page.get_by_text("The consent covers everyone here.")).to_be_visible()
    await window.shot("attach-check")
    await window.button(re.compile("^Send")).last.click()
    await expect(page.get_by_role("figure")).to_be_visible(timeout=20_000)


async def pixels(window: Window) -> int:
    """How many different colours the viewer's canvas shows: a drawn picture has many, an empty one has one."""
    session = await window.context.new_cdp_session(window.page)
    count = """(() => { const c = document.querySelector('dialog canvas'); const s = new OffscreenCanvas(64, 64);
      const x = s.getContext('2d'); x.drawImage(c, 0, 0, 64, 64); const d = x.getImageData(0, 0, 64, 64).data;
      const seen = new Set(); for (let i = 0; i < d.length; i += 4) seen.add(d[i]); return seen.size })()"""
    answer = await session.send("Runtime.evaluate", {"expression": count})
    await session.detach()
    return int(answer["result"]["value"])


async def specialist_opens_and_answers(window: Window) -> None:
    page = window.page
    await page.get_by_role("link", name=re.compile(CASE)).click()
    await expect(page.get_by_role("figure")).to_be_visible(timeout=20_000)
    await window.shot("case-desktop")
    await page.get_by_role("figure").get_by_role("button", name="Open", exact=True).click()
    await expect(page.get_by_role("img", name=re.compile("marked with your name"))).to_be_attached()
    await expect(page.get_by_text("Opening…")).to_have_count(0, timeout=10_000)
    assert await pixels(window) > 10
    await window.shot("viewer-desktop")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("textbox", name="Message").fill(ADVICE)
    await page.keyboard.press("Enter")


async def forward_is_refused(window: Window) -> None:
    page = window.page
    await page.get_by_role("figure").get_by_role("button", name="Forward").click()
    refused = page.get_by_role("article", name=f"{SOCIAL}: not possible")
    await expect(refused).to_contain_text("This is a social thread")
    await expect(refused).to_contain_text("does not cover Dr Tom Alder")
    await window.shot("forward-refused")
    await expect(window.button("Forward").last).to_be_disabled()
    await window.button("Cancel").click()


async def patient_agrees(window: Window, link: str) -> None:
    """On the patient's own phone, whose browser runs no scripts."""
    browser = window.context.browser
    assert browser is not None
    phone = await browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = await phone.new_page()
    await page.goto(link)
    await page.get_by_role("button", name="Open the question").click()
    new = page.get_by_role("region", name="What you are asked")
    await expect(new).to_contain_text("Dr Lena Fischer")
    await expect(new).not_to_contain_text("Okafor")
    await page.get_by_role("button", name="Yes, to all of this").click()
    await expect(page.get_by_text("You said yes.")).to_be_visible()
    await phone.close()


async def add_is_refused_then_allowed(window: Window) -> None:
    page = window.page
    await window.button("Add people").click()
    await choose_person(window, "Whom?", "fischer", "Dr Lena Fischer")
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text("Not added yet.")).to_be_visible(timeout=10_000)
    await expect(page.get_by_role("article", name=re.compile("does not cover them"))).to_contain_text("Dr Lena Fischer")
    await window.shot("add-refused")
    await window.button("Ask the patient for a wider consent").click()
    await expect(page.get_by_role("img", name="Code with the link to the patient’s page")).to_be_visible()
    await window.shot("consent-wider")
    link = await page.get_by_role("link", name="Open the page on this device").get_attribute("href")
    await patient_agrees(window, link or "")
    await expect(page.get_by_text("The patient agreed. It is recorded and signed.")).to_be_visible(timeout=10_000)
    await window.shot("consent-wider-agreed")
    await window.button("Go on").click()
    await expect(page.get_by_text("Nothing stands against adding them now.")).to_be_visible(timeout=10_000)
    await page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("button", name="3 people", exact=True)).to_be_visible(timeout=20_000)


async def refusal_means_no_image(window: Window) -> None:
    page = window.page
    await window.button("All threads").click()
    await new_thread(window, "Case", "Bed 4", "okafor", "Okafor")
    await window.page.get_by_role("button", name="Consents", exact=True).click()
    await window.button("Record a consent").click()
    dialog = page.get_by_role("dialog").last
    await dialog.get_by_role("button", name="Refused").click()
    await dialog.get_by_label("Patient’s name").fill("Sam Doe")
    await window.shot("consent-refusal")
    await dialog.get_by_role("button", name="Record the refusal").click()
    await expect(page.get_by_role("article", name=re.compile("Sam Doe"))).to_contain_text(re.compile("refused", re.I))
    await window.shot("consents-panel")
    await page.keyboard.press("Escape")
    await window.button("Attach an image").click()
    await window.shot("attach-refused")
    await expect(window.button("Next: picture")).to_be_disabled()
    await window.button("Cancel").click()


async def lock_and_unlock(window: Window) -> None:
    page = window.page
    await window.button("Lock").click()
    await expect(page.get_by_label("Passphrase", exact=True)).to_be_visible()
    body = await page.locator("body").inner_text()
    assert CASE not in body
    assert "Okafor" not in body
    await window.shot("locked")
    await page.get_by_label("Passphrase", exact=True).fill("not this one at all")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("That passphrase does not open this device.")).to_be_visible(timeout=15_000)
    await page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Bed 4")).to_be_visible(timeout=20_000)


async def withdrawal_closes_the_image(window: Window, other: Window) -> None:
    page = window.page
    await window.button("All threads").click()
    await page.get_by_role("link", name=re.compile(CASE)).click()
    await window.page.get_by_role("button", name="Consents", exact=True).click()
    await window.button("Withdraw").click()
    await page.get_by_role("dialog").last.get_by_role("button", name="Withdraw").last.click()
    await expect(other.page.get_by_role("figure")).to_contain_text("withdrawn", timeout=10_000)
    await expect(other.page.get_by_role("figure").get_by_role("button", name="Open", exact=True)).to_have_count(0)
    await other.shot("withdrawn-desktop")


async def test_the_whole_story(ward: Ward) -> None:
    intern = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",), teams=("Emergency",))
    await expect(intern.page.get_by_role("heading", name=re.compile("Dr Ines Moreau"))).to_be_visible()
    await intern.shot("invitation")
    await ward.enrol(intern, ward.riverbend)
    specialist = await ward.window(ward.coastal, "Dr Samuel Okafor", DESKTOP, roles=("surgeon",), teams=("Trauma",))
    await ward.enrol(specialist, ward.coastal)
    for name in ("Dr Tom Alder", "Dr Lena Fischer"):
        await ward.enrol(await ward.window(ward.riverbend, name, roles=("intern",)), ward.riverbend)
    await intern.shot("threads-empty")
    await new_thread(intern, "Social", SOCIAL, "alder", "Dr Tom Alder")
    await intern.button("All threads").click()
    await new_thread(intern, "Case", CASE, "okafor", "Okafor")
    await expect(intern.button(re.compile("2 people see this"))).to_contain_text("no consent recorded yet")
    await attach(intern)
    await expect(intern.button(re.compile("2 people see this"))).to_contain_text("consent covers all")
    await specialist_opens_and_answers(specialist)
    log = intern.page.get_by_role("log", name="Messages")
    await expect(log.get_by_text(ADVICE)).to_be_visible(timeout=10_000)
    await intern.shot("case-phone")
    await intern.button(re.compile("2 people see this")).click()
    await intern.shot("who-can-see")
    await intern.page.keyboard.press("Escape")
    await forward_is_refused(intern)
    await add_is_refused_then_allowed(intern)
    await refusal_means_no_image(intern)
    await lock_and_unlock(intern)
    await withdrawal_closes_the_image(intern, specialist)
    assert_clean(ward)


def assert_clean(ward: Ward) -> None:
    """No script error and no broken policy in any window."""
    harmless: Any = re.compile(r"favicon|status of 4\d\d")
    assert [error for window in ward.windows for error in window.errors if not harmless.search(error)] == []
