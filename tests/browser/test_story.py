"""The whole story in two windows, as its users would click it."""

from __future__ import annotations

import re
from pathlib import Path

from browser.conftest import DESKTOP, PASSPHRASE, Ward, Window
from playwright.async_api import expect

SAMPLE = Path(__file__).resolve().parents[2] / "client_web" / "public" / "sample-xray.jpg"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "radiograph" / "right-leg.jpg"
XRAY = REAL if REAL.exists() else SAMPLE
CASE = "Right leg, fell from ladder"


async def new_thread(window: Window, kind: str, title: str, search: str, person: str) -> None:
    page = window.page
    await window.button("New thread").click()
    await page.get_by_role("radio", name=re.compile(kind)).check()
    await page.get_by_label(re.compile("title|call it", re.I)).fill(title)
    await choose_person(window, search, person)
    await window.shot(f"new-thread-{kind.lower()}")
    await window.button(re.compile("^(Start|Open|Create)")).click()
    await expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=20_000)


async def choose_person(window: Window, search: str, person: str) -> None:
    await window.page.get_by_label(re.compile("With whom|Whom")).fill(search)
    await window.page.get_by_role("option", name=re.compile(person)).or_(
        window.page.get_by_role("button", name=re.compile(person))
    ).first.click()


async def test_the_whole_story(ward: Ward) -> None:
    intern = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",), teams=("Emergency",))
    await intern.shot("invitation")
    await ward.enrol(intern, ward.riverbend)
    specialist = await ward.window(ward.coastal, "Dr Samuel Okafor", DESKTOP, roles=("surgeon",), teams=("Trauma",))
    await ward.enrol(specialist, ward.coastal)
    await intern.shot("threads-empty")
    await new_thread(intern, "Case", CASE, "okafor", "Okafor")
    print(await intern.page.locator("body").aria_snapshot())
    await intern.button("Attach an image").click()
    await intern.page.wait_for_timeout(500)
    print(await intern.page.locator("body").aria_snapshot())
    raise AssertionError(PASSPHRASE)
