"""The ways in, lists and devices: what is done until the screen stands as it is to be looked at."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from browser.preview.hands import button, pick


def adding(page: Page) -> None:
    button(page, "Add people")
    pick(page, "Whom?", "johan", "Johanna")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Not added yet").wait_for()


def new_thread(page: Page) -> None:
    pick(page, "With whom?", "City", "Amara")


def bad_passphrase(page: Page) -> None:
    page.get_by_label("Passphrase", exact=True).fill("wrong")
    button(page, "Unlock")
    page.get_by_text("does not open this device").wait_for()


def enrolling(page: Page) -> None:
    page.get_by_label("New passphrase").fill("four words apart here")
    page.get_by_label("The same once more").fill("four words apart here")


def waiting(page: Page) -> None:
    enrolling(page)
    button(page, "Set up this device")
    page.get_by_text("Waiting for Base Hospital").wait_for()


def offline(page: Page) -> None:
    page.evaluate("window.madeUp.setLine('offline')")


def unconfirmed(why: str) -> Callable[[Page], None]:
    return lambda page: page.evaluate(f"window.madeUp.unconfirm({why})")


def alarmed(page: Page) -> None:
    page.evaluate("window.madeUp.raiseAlarm('log_split')")


def devices_listed(page: Page) -> None:
    page.get_by_role("button", name="Forget this device").wait_for()


def revoking(page: Page) -> None:
    devices_listed(page)
    button(page, "Revoke: Phone")


ASKS = "window.madeUp.offer({state: 'asked', label: 'Ward 7, desk', device: 'dev_4'})"


def device_offered(page: Page) -> None:
    page.get_by_label("Code with the link").wait_for()


def device_asks(page: Page) -> None:
    device_offered(page)
    page.evaluate(ASKS)
    page.get_by_label("Number on the new device").wait_for()


def device_wrong(page: Page) -> None:
    device_asks(page)
    page.get_by_label("Number on the new device").fill("111 111")
    button(page, "Add this device")
    page.get_by_text("2 tries are left").wait_for()


def device_added(page: Page) -> None:
    device_asks(page)
    page.get_by_label("Number on the new device").fill("123 456")
    button(page, "Add this device")
    page.get_by_text("12 of 30 threads").wait_for()


def device_not_proven(page: Page) -> None:
    device_offered(page)
    page.evaluate("window.madeUp.offer({state: 'not_proven'})")
    page.get_by_text("did not come by this link").wait_for()


def joining(page: Page) -> None:
    page.get_by_label("Name of this device").wait_for()
    enrolling(page)


def joining_number(page: Page) -> None:
    joining(page)
    button(page, "Set up this device")
    page.get_by_text("042 917").wait_for()


def not_added(page: Page) -> None:
    page.get_by_label("Name of this device").wait_for()
    page.evaluate("window.madeUp.notAdded()")
    page.get_by_text("This device was not added").wait_for()
