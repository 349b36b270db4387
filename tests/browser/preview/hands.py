"""What every act on a screen begins with, and the addresses of made-up screens."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page


def thread(n: int) -> str:
    return f"thr_{str(n).rjust(22, 'A')}"


def button(page: Page, name: str, nth: int = 0) -> None:
    page.get_by_role("button", name=name).nth(nth).click()


def pick(page: Page, label: str, query: str, name: str) -> None:
    page.get_by_label(label).fill(query)
    page.get_by_role("button", name=name).first.click()


def until(page: Page, condition: str) -> None:
    """Waits for what only the page's script knows. Playwright's own waiting would evaluate inside the page's policy."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def nothing(_: Page) -> None:
    pass


def press(name: str) -> Callable[[Page], None]:
    return lambda page: button(page, name)


IN = f"?status=ready#/thread/{thread(1)}"
SERIES = f"?status=ready#/thread/{thread(9)}"
OUTDATED = f"?status=ready#/thread/{thread(10)}"
"""Of whom one member's device was replaced, and another's has ended."""
SHARING, SHARED_WITH_ME = (f"?status=ready#/thread/{thread(n)}" for n in (11, 12))
"""Where somebody joined after others had written, and where that was the one who looks."""
ADMINISTRATOR = "?status=ready&administers#/administration"
EMERGENCY, OFFICER = f"?status=ready#/thread/{thread(7)}", "?status=ready&emergencies=6#/reviews"
