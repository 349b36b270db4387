"""Sharing earlier messages with somebody who is added, in their windows: only when it is said, then or later."""

from __future__ import annotations

import re

from playwright.async_api import Route, expect

from browser.conftest import DESKTOP, Ward, Window
from browser.test_story import CASE, XRAY, assert_clean, choose_person, new_thread, pixels, record_consent

EARLIER, LATER, CAPTION = "Closed, no numbness.", "Can you see the film?", "Is this displaced?"
FISCHER, OKAFOR = "Dr Lena Fischer", "Dr Samuel Okafor"


async def say(window: Window, words: str) -> None:
    await window.page.get_by_role("textbox", name="Message").fill(words)
    await window.page.keyboard.press("Enter")
    await expect(window.page.get_by_role("log").get_by_text(words)).to_be_visible()


async def case_with_image(intern: Window) -> None:
    """Its consent names somebody too who is not in the thread yet."""
    page = intern.page
    await new_thread(intern, "Case", CASE, "okafor", "Okafor")
    await say(intern, EARLIER)
    await intern.button("Attach an image").click()
    await intern.button("Record a consent").click()
    await intern.button("Agreed").click()
    await page.get_by_label("Add a person, team, organisation").fill("fischer")
    await page.get_by_role("list", name="Found").get_by_role("button", name=re.compile(FISCHER)).click()
    await record_consent(intern, OKAFOR, FISCHER)
    await intern.button("Next: picture").click()
    await page.get_by_label("Picture file").set_input_files(XRAY)
    await expect(page.get_by_role("img", name="The picture that will be sent")).to_be_visible(timeout=20_000)
    await page.get_by_role("radio", name=re.compile("Radiograph")).check()
    await page.get_by_label("Words with it").fill(CAPTION)
    await intern.button(re.compile("^Next")).click()
    await intern.button(re.compile("^Send")).last.click()
    await expect(page.get_by_role("figure").get_by_role("button", name="Open", exact=True)).to_be_visible(
        timeout=20_000
    )
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def is_added(intern: Window, *, sharing: str = "") -> None:
    """Shared only where that is chosen, and then what goes is said first."""
    page = intern.page
    dialog = page.get_by_role("dialog")
    await intern.button("Add people").click()
    await choose_person(intern, "Whom?", "fischer", FISCHER)
    await expect(dialog.get_by_role("radio", name=re.compile("Stays with those who were here"))).to_be_checked()
    if sharing:
        await dialog.get_by_role("radio", name=re.compile("Share earlier messages")).check()
        await expect(dialog.get_by_role("status").filter(has_text=sharing)).to_be_visible()
        await intern.shot("add-sharing")
    await dialog.get_by_role("button", name=re.compile("^Add")).click()
    await expect(page.get_by_role("button", name="3 people", exact=True)).to_be_visible(timeout=20_000)
    await expect(dialog).to_have_count(0)


async def opened(window: Window) -> Window:
    await window.page.get_by_role("link", name=re.compile(CASE)).click(timeout=20_000)
    return window


async def the_image_opens(fischer: Window) -> None:
    page = fischer.page
    await page.get_by_role("figure").get_by_role("button", name="Open", exact=True).click()
    await expect(page.get_by_role("img", name=re.compile("marked with your name"))).to_be_attached()
    await expect(page.get_by_text("Opening…")).to_have_count(0, timeout=10_000)
    assert await pixels(fischer) > 10
    await page.keyboard.press("Escape")


async def two_and_a_newcomer(ward: Ward) -> tuple[Window, Window, Window]:
    intern = await ward.window(ward.riverbend, "Dr Ines Moreau", roles=("intern",))
    specialist = await ward.window(ward.coastal, OKAFOR, DESKTOP, roles=("surgeon",))
    fischer = await ward.window(ward.riverbend, FISCHER, DESKTOP, roles=("intern",))
    for window, home in ((intern, ward.riverbend), (specialist, ward.coastal), (fischer, ward.riverbend)):
        await ward.enrol(window, home)
    await case_with_image(intern)
    return intern, specialist, fischer


async def test_nothing_is_shared_until_somebody_shares_it_from_the_line(ward: Ward) -> None:
    intern, specialist, fischer = await two_and_a_newcomer(ward)
    await is_added(intern)
    await say(intern, LATER)
    log = (await opened(fischer)).page.get_by_role("log")
    await expect(log.get_by_text(LATER)).to_be_visible(timeout=20_000)
    await expect(log.get_by_text(EARLIER)).to_have_count(0)
    await expect(fischer.page.get_by_role("figure")).to_have_count(0)
    await expect(fischer.button(re.compile("Share earlier"))).to_have_count(0)
    await opened(specialist)
    await specialist.button("Share earlier messages…").click()
    dialog = specialist.page.get_by_role("dialog", name="Share earlier messages")
    await expect(dialog.get_by_role("region", name="With whom")).to_contain_text(FISCHER)
    await expect(dialog.get_by_role("status")).to_contain_text("2 messages go along, with 1 image:")
    await specialist.shot("history-share")
    await dialog.get_by_role("button", name="Share 2 messages").click()
    await expect(log.get_by_text(EARLIER)).to_be_visible(timeout=20_000)
    await expect(log.get_by_role("article", name=re.compile("Dr Ines Moreau")).first).to_contain_text(
        f"Shared by {OKAFOR}"
    )
    said = await log.inner_text()
    order = [said.index(words) for words in (EARLIER, CAPTION, f"added {FISCHER}", LATER, "2 earlier messages")]
    assert order == sorted(order)
    await fischer.shot("history-received")
    await the_image_opens(fischer)
    line = intern.page.get_by_role("log").get_by_text(re.compile("shared 2 earlier messages"))
    await expect(line).to_contain_text(f"{OKAFOR} shared 2 earlier messages (1 image) with \u2068{FISCHER}\u2069")
    assert await intern.page.get_by_text(EARLIER).count() == 1
    assert_clean(ward)


async def another_statement(route: Route) -> None:
    """As where a modified sharer signed a statement that the server never took."""
    answer = await route.fetch()
    await route.fulfill(response=answer, json={**await answer.json(), "statement_hash": "A" * 43})


async def test_an_image_that_was_made_up_says_so_and_the_true_one_takes_its_place(ward: Ward) -> None:
    intern, _, fischer = await two_and_a_newcomer(ward)
    await is_added(intern, sharing="2 messages go along")
    page, figure = fischer.page, fischer.page.get_by_role("figure")
    await opened(fischer)
    await expect(page.get_by_role("log").get_by_text(CAPTION)).to_be_visible(timeout=20_000)
    await page.route("**/api/disclosures/*/open", another_statement)
    await figure.get_by_role("button", name="Open", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("not what its sender declared")
    await fischer.shot("history-made-up-opened")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("log").get_by_text("This message could not be verified")).to_be_visible()
    await expect(figure).to_have_count(0)
    await fischer.shot("history-made-up")
    await page.unroute("**/api/disclosures/*/open")
    await intern.button("Share earlier messages…").click()
    await intern.page.get_by_role("dialog").get_by_role("button", name="Share 2 messages").click()
    await expect(figure).to_be_visible(timeout=20_000)
    await the_image_opens(fischer)
    assert_clean(ward)


async def test_it_is_shared_when_they_are_added_and_the_image_that_ended_is_not(ward: Ward) -> None:
    intern, _, fischer = await two_and_a_newcomer(ward)
    await intern.button("Take it out").click()
    await intern.page.get_by_role("dialog").get_by_role("button", name="Take it out").click()
    await expect(intern.page.get_by_role("figure")).to_contain_text("taken out", timeout=10_000)
    await is_added(intern, sharing="1 message goes along. No image.")
    log = (await opened(fischer)).page.get_by_role("log")
    await expect(log.get_by_text(EARLIER)).to_be_visible(timeout=20_000)
    await expect(
        log.get_by_text(re.compile("An image of .*Dr Ines Moreau.* was here, and is not shared"))
    ).to_contain_text("It was taken out of the thread.")
    await expect(log.get_by_text(CAPTION)).to_have_count(0)
    await fischer.shot("history-withheld")
    assert_clean(ward)
