"""For privacy officers and administrators: what is done until the screen stands as it is to be looked at."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from browser.preview.hands import button


def waiting_emergencies(page: Page) -> None:
    page.get_by_text("Waiting, the oldest first").wait_for()


def all_emergencies(page: Page) -> None:
    waiting_emergencies(page)
    button(page, "Show more")
    page.get_by_role("heading", name="Reviewed").scroll_into_view_if_needed()


def one_emergency(page: Page) -> None:
    waiting_emergencies(page)
    button(page, "The patient is unconscious")


def finding(page: Page) -> None:
    one_emergency(page)
    button(page, "To be talked about")


def found(page: Page) -> None:
    finding(page)
    button(page, "Record the review")
    page.get_by_role("button", name="Next to review").wait_for()


def own_emergency(page: Page) -> None:
    waiting_emergencies(page)
    button(page, "The patient is too ill to answer")


def no_emergency(page: Page) -> None:
    page.get_by_text("No emergency waits").wait_for()


def staff_listed(page: Page) -> None:
    page.get_by_role("button", name="Dr Zoe").wait_for()


def member_shown(name: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        button(page, name)
        page.get_by_role("region", name="Devices").wait_for()

    return act


def commands_shown(page: Page) -> None:
    member_shown("Dr Sam")(page)
    page.get_by_role("region", name="To change this").scroll_into_view_if_needed()


def ending_a_device(page: Page) -> None:
    member_shown("Dr Lin")(page)
    button(page, "Revoke: Chrome on Android")


def denials_shown(page: Page) -> None:
    staff_listed(page)
    button(page, "Denied")
    page.get_by_role("region", name="One by one").wait_for()


def denials_one_by_one(page: Page) -> None:
    denials_shown(page)
    page.get_by_role("button", name="Show more").scroll_into_view_if_needed()


def nothing_denied(page: Page) -> None:
    page.evaluate("window.madeUp.denied = []")
    button(page, "Denied")
    page.get_by_text("Nothing was refused").wait_for()


def log_checked(page: Page) -> None:
    staff_listed(page)
    button(page, "The log")
    page.get_by_text("Checked by this device").wait_for()
