"""From a picture to its message: what is done until the screen stands as it is to be looked at."""

from __future__ import annotations

import struct
from collections.abc import Callable

from playwright.sync_api import Page, expect

from browser import dicom_files
from browser.preview.hands import button, thread, until
from browser.preview.viewing_acts import viewed


def to_pictures(page: Page) -> None:
    button(page, "Attach an image")
    page.get_by_text("The consent covers all 3 people").wait_for()
    button(page, "Next: picture")


def to_picture(page: Page) -> None:
    to_pictures(page)
    button(page, "Use the sample picture")
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Part of the body").fill("forearm")


def undescribed(page: Page) -> None:
    to_pictures(page)
    button(page, "Use the sample picture")
    page.get_by_text("Still to say: what it is.").wait_for()


def to_dicom(page: Page) -> None:
    """A chest that is only a gradient, of a patient who is not the consent's."""
    tags = {**dicom_files.layout(256, 256, allocated=16, stored=12), 0x00080060: "US", 0x00100010: "SOMEBODY^ELSE"}
    tags |= {0x00281050: "2048", 0x00281051: "4096", 0x00280008: "2", 0x00100030: "19520104"}
    values = [x * 16 ^ y * 8 for y in range(256) for x in range(256)] * 2
    content = dicom_files.dicom(dicom_files.EXPLICIT, tags, struct.pack(f"<{len(values)}H", *values))
    to_picture(page)
    page.get_by_label("Picture file").set_input_files({"name": "IM1", "mimeType": "", "buffer": content})
    page.get_by_text("The names differ.").wait_for()
    page.get_by_label("Window (contrast)").wait_for()


def to_dicom_window(page: Page) -> None:
    to_dicom(page)
    page.get_by_label("it is the same patient").check()
    page.get_by_label("Window (contrast)").scroll_into_view_if_needed()


def dicom_taken(page: Page) -> None:
    to_dicom_window(page)
    button(page, "Use it like this")
    page.get_by_text("written into it").wait_for()
    page.get_by_text("written into it").scroll_into_view_if_needed()


def to_checklist(page: Page) -> None:
    to_picture(page)
    page.get_by_text("Is it de-identified?").click()


def hiding(page: Page) -> None:
    to_picture(page)
    button(page, "Hide or cut parts")
    stage = page.get_by_role("application")
    stage.focus()
    for key in ("ArrowUp",) * 12 + ("Enter",):
        stage.press(key)
    page.get_by_label("Cut the edges off").check()
    stage.focus()
    for key in ("Shift+ArrowDown", "Shift+ArrowRight") * 8 + ("Enter",) + ("ArrowLeft",) * 3:
        stage.press(key)


def to_camera(page: Page) -> None:
    to_pictures(page)
    button(page, "Take a photograph")
    expect(page.get_by_role("button", name="Take the photograph")).to_be_enabled()


def photographed(page: Page) -> None:
    to_camera(page)
    button(page, "Take the photograph")
    page.get_by_role("button", name="Use it").wait_for()


def no_camera(page: Page) -> None:
    refuse = (
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')) }"
    )
    page.evaluate(refuse)
    to_pictures(page)
    button(page, "Take a photograph")
    page.get_by_text("not allowed here").wait_for()


def to_check(page: Page) -> None:
    to_picture(page)
    button(page, "Next: check")


def line_lost(page: Page) -> None:
    to_check(page)
    page.get_by_role("button", name="Send image").click()
    page.get_by_text("Line lost. It goes on by itself.").wait_for()
    page.get_by_role("button", name="Try now").scroll_into_view_if_needed()


def drafted(change: str) -> Callable[[Page], None]:
    """Images that are not sent yet, as they stand."""

    def act(page: Page) -> None:
        page.evaluate(f"window.madeUp.addDraft({change})")
        page.get_by_role("figure", name="not sent yet").scroll_into_view_if_needed()

    return act


def sent_elsewhere(page: Page) -> None:
    drafted(REFUSED_DRAFT)(page)
    button(page, "Send elsewhere")
    page.get_by_role("dialog").get_by_text("It may go to").wait_for()


def series(page: Page) -> None:
    to_picture(page)
    button(page, "Use the sample picture")
    page.get_by_role("button", name="Picture 2").wait_for()
    page.get_by_role("button", name="The same as picture 1").scroll_into_view_if_needed()


def series_check(page: Page) -> None:
    series(page)
    button(page, "The same as picture 1")
    button(page, "Next: check")


def denied_check(page: Page) -> None:
    to_picture(page)
    page.get_by_label("Document").check()
    button(page, "Next: check")
    page.get_by_text("cannot go here").wait_for()


def to_another_patient(page: Page) -> None:
    button(page, "Forward")
    page.get_by_role("radio", name="Ankle, bed 3").check()
    page.get_by_text("That thread is about").scroll_into_view_if_needed()


def recognised(number: int) -> Callable[[Page], None]:
    """The picture that was open in the first thread, attached in another."""

    def act(page: Page) -> None:
        viewed(page)
        until(page, "window.madeUp.remembered === 1")
        shot = page.screenshot()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
        page.evaluate(f"location.hash = '#/thread/{thread(number)}'")
        button(page, "Attach an image")
        button(page, "Next: picture")
        page.get_by_label("Picture file").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": shot})
        page.get_by_role("group", name="Is it another picture?").wait_for()

    return act


REFUSED_DRAFT = """{failure: {code: 'denied', message: '', remedy: 'see_reasons', reasons: [
    {code: 'person_not_covered', who: window.madeUp.people().sam, remedy: 'ask_patient_or_remove'}]}}"""
