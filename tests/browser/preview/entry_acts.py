"""The ways in, lists and devices: what is done until the screen stands as it is to be looked at."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from browser.preview.hands import button, pick, until


def adding_with_history(page: Page) -> None:
    button(page, "Add people")
    pick(page, "Whom?", "johanna", "Lindqvist")
    page.get_by_role("radio", name="Share earlier messages").check()


def history_of_today(page: Page) -> None:
    button(page, "Share earlier messages")
    page.get_by_role("radio", name="From a day on").check()


def to_the_first_message(page: Page) -> None:
    page.get_by_role("log").get_by_role("heading").first.scroll_into_view_if_needed()


def adding(page: Page) -> None:
    button(page, "Add people")
    pick(page, "Whom?", "johan", "Johanna")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Not added yet").wait_for()


def found_by_a_word(page: Page) -> None:
    """Said in one thread, and in no title: what was said is shown in place of the newest."""
    page.get_by_role("searchbox").fill("undisplaced")
    page.get_by_text("In 1 thread of").wait_for()
    assert page.get_by_role("listitem").filter(has_text="Looks undisplaced to me").count() == 1


def found_nowhere(page: Page) -> None:
    page.get_by_role("searchbox").fill("Quillfeather")
    page.get_by_text("In no thread").wait_for()


def asked_to_leave(page: Page) -> None:
    button(page, "3 people see this")
    button(page, "Leave this thread")
    page.get_by_role("heading", name="Leave this thread?").wait_for()


def leaving(page: Page) -> None:
    asked_to_leave(page)
    button(page, "Leave it")
    until(page, "document.querySelector('dialog[open]') === null")
    page.get_by_text("You are leaving this thread").wait_for()


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


def cancelled_unlock(page: Page) -> None:
    button(page, "Unlock with fingerprint")
    page.get_by_text("Nothing was opened").wait_for()


def adding_passkey(page: Page) -> None:
    button(page, "Add")
    page.get_by_label("Passphrase of this device").fill("correct horse battery")


def useless_passkey(page: Page) -> None:
    adding_passkey(page)
    page.get_by_label("What to call it").fill("Old key")
    button(page, "Go on")
    page.get_by_text("has no secret of its own").wait_for()


def trying_passkey(page: Page) -> None:
    adding_passkey(page)
    button(page, "Go on")
    page.get_by_text("Almost done").wait_for()


def added_passkey(page: Page) -> None:
    trying_passkey(page)
    button(page, "Try it once")
    page.get_by_text("unlocks this device from now on").wait_for()


def removing_passkey(page: Page) -> None:
    button(page, "Remove: Blue key")


def removed_passkey(page: Page) -> None:
    removing_passkey(page)
    page.get_by_label("Passphrase of this device").fill("correct horse battery")
    button(page, "Remove it")
    page.get_by_text("Removed.").wait_for()


def offline(page: Page) -> None:
    page.evaluate("window.madeUp.setLine('offline')")


def unconfirmed(why: str) -> Callable[[Page], None]:
    return lambda page: page.evaluate(f"window.madeUp.unconfirm({why})")


def listed_while_replaced(page: Page) -> None:
    devices_listed(page)
    page.keyboard.press("Escape")
    unconfirmed("{code: 'device_replaced', since: Date.now()}")(page)
    page.evaluate("location.hash = '#/devices'")
    devices_listed(page)


def alarmed(page: Page) -> None:
    page.evaluate("window.madeUp.raiseAlarm('log_split')")


def devices_listed(page: Page) -> None:
    page.get_by_role("button", name="Forget this device").wait_for()


def revoking(page: Page) -> None:
    devices_listed(page)
    button(page, "Revoke: Phone")


ASKS = "window.madeUp.offer({state: 'asked', label: 'Ward 7, desk', device: 'dev_4'})"


def device_proof(page: Page) -> None:
    page.get_by_label("Passphrase of this device", exact=True).fill("wrong")
    button(page, "Show the code")
    page.get_by_text("does not open this device").wait_for()


def device_offered(page: Page) -> None:
    page.get_by_label("Passphrase of this device", exact=True).fill("correct horse battery")
    button(page, "Show the code")
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
