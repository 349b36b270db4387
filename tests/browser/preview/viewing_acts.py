"""An image that is there, its marks and its filing: what is done until the screen stands as it is to be looked at."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from browser.preview.hands import button


def viewed(page: Page) -> None:
    button(page, "Open")
    expect(page.get_by_text("Opening…")).to_have_count(0)


def previewed(page: Page) -> None:
    """On a slow line, a picture of 1.2 MB: its preview is there."""
    page.evaluate("window.madeUp.enlarge(window.madeUp.images[0].disclosure); window.madeUp.slow = 30_000")
    viewed(page)
    expect(page.get_by_text("Preview only: fine detail is missing.")).to_be_visible()


def full_on_its_way(page: Page) -> None:
    previewed(page)
    button(page, "Show the full picture")
    page.wait_for_timeout(2_500)


def seen_twice(page: Page) -> None:
    page.evaluate("window.madeUp.enlarge(window.madeUp.images[0].disclosure)")
    button(page, "Who has seen it")
    expect(page.get_by_text("Opened the preview")).to_be_visible()


def zoomed(page: Page) -> None:
    viewed(page)
    for _ in range(3):
        button(page, "Zoom in")


def away(page: Page) -> None:
    viewed(page)
    page.evaluate("window.dispatchEvent(new Event('blur'))")


def series_viewed(page: Page) -> None:
    """The second of three has been opened as well, and the first is looked at again."""
    viewed(page)
    button(page, "Picture 2")
    expect(page.get_by_text("Opening…")).to_have_count(0)
    button(page, "Picture 1")


def compared(page: Page) -> None:
    series_viewed(page)
    button(page, "Compare")
    expect(page.locator("section canvas")).to_have_count(2)
    button(page, "Together")
    button(page, "Zoom in")


def marked(page: Page) -> None:
    """The third picture, on which two colleagues have drawn."""
    button(page, "Open", 2)
    expect(page.get_by_role("group", name="Marks by")).to_be_visible()


def drawn(page: Page) -> None:
    """An arrow by pointer, and words for it."""
    marked(page)
    button(page, "Draw")
    box = page.get_by_role("application").bounding_box() or {}
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.75)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.6)
    page.mouse.up()
    page.get_by_label("Words at the last mark").fill("satellite")


def drawn_by_key(page: Page) -> None:
    marked(page)
    button(page, "Draw")
    button(page, "Line")
    page.get_by_role("application").focus()
    for key in ("ArrowUp", "Enter", *("Shift+ArrowRight",) * 2, "ArrowDown"):
        page.keyboard.press(key)


def told_in_the_log(page: Page) -> None:
    drawn(page)
    button(page, "Send marks")
    expect(page.get_by_role("group", name="Draw on the picture")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_text("Drew on").scroll_into_view_if_needed()


def ended(page: Page) -> None:
    viewed(page)
    page.evaluate("window.madeUp.endViewing('consent_not_current')")
    page.get_by_text("The image was closed").wait_for()


def filing(page: Page) -> None:
    button(page, "File in the record")
    page.get_by_role("dialog").get_by_text("Advice that goes with it").wait_for()


def filing_under_way(page: Page) -> None:
    filing(page)
    page.get_by_role("dialog").get_by_role("button", name="File in the record").click()
    page.get_by_text("Filing…").scroll_into_view_if_needed()


FILED = "{organisationName: 'Base Hospital', at: Date.now()}"
NOT_FILED = "{state: 'failed', failure: {code: 'image_mismatch', message: '', remedy: '', reasons: []}}"


def settled(change: str) -> Callable[[Page], None]:
    """The first image of the thread, once its filing has come out so."""

    def act(page: Page) -> None:
        first = "window.madeUp.messages(location.hash.split('/')[2])"
        image = f"{first}.flatMap((one) => one.body.images ?? [])[0].disclosure"
        page.evaluate(f"window.madeUp.settleFiling({image}, {change})")
        page.get_by_role("figure").first.scroll_into_view_if_needed()

    return act


def not_to_be_filed(page: Page) -> None:
    page.evaluate("window.madeUp.notFiled = [{code: 'record_not_covered', who: null, remedy: 'ask_patient'}]")
    button(page, "File in the record")
    page.get_by_text("It cannot be filed there.").wait_for()
