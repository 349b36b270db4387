"""An image that was open here, tried again as a new picture; with made-up data and the real recognition."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Page, expect

from browser.preview.hands import button, thread
from browser.preview.viewing_acts import viewed
from browser.screens import CLIENT, at_thread, attach, prepared

SAMPLE = CLIENT / "public" / "sample-xray.jpg"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "radiograph" / "right-leg.jpg"
OTHER_CASE, SAME_CASE = 7, 1


def remembered(page: Page) -> None:
    """Waits until the device would know the picture again. (The page's policy runs no text as a script.)"""
    for _ in range(200):
        if page.evaluate("window.madeUp.remembered") == 1:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the picture was not remembered")


def png(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def seen_as_screenshot(page: Page, origin: str) -> Image.Image:
    """What a phone's screenshot of the viewer holds: bars, buttons, the picture, the viewer's name across it."""
    at_thread(page, origin)
    viewed(page)
    remembered(page)
    shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    return shot


def go_to(page: Page, number: int) -> None:
    page.evaluate(f"location.hash = '#/thread/{thread(number)}'")
    expect(page.get_by_role("button", name="Attach an image")).to_be_visible()


def middle(picture: Image.Image, share: float) -> Image.Image:
    width, height = round(picture.width * share), round(picture.height * share)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


@pytest.mark.parametrize("way", ["screenshot", "part of the screenshot", "mirrored file", "part of the file"])
def test_what_was_open_is_recognised_and_led_back_to_its_consent(page: Page, origin: str, way: str) -> None:
    shot = seen_as_screenshot(page, origin)
    file = Image.open(SAMPLE).convert("RGB")
    again = {
        "screenshot": shot,
        "part of the screenshot": middle(shot, 0.6),
        "mirrored file": ImageOps.mirror(file),
        "part of the file": middle(file, 0.6),
    }[way]
    go_to(page, OTHER_CASE)
    attach(page, "new.png", png(again), "image/png")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("This looks like an image of Mr Test Patient.")
    expect(dialog.get_by_role("alert")).to_contain_text("Wrist after a fall, bed 12")
    expect(dialog.get_by_role("alert")).to_contain_text("Here you chose the consent of Ms Test Unconscious.")
    expect(dialog.get_by_role("button", name="Next: check")).to_have_count(0)
    button(page, "Go there to forward it")
    expect(page.get_by_role("heading", name="Forward")).to_be_visible()
    assert page.evaluate("location.hash").startswith(f"#/thread/{thread(SAME_CASE)}/forward/")


def test_another_picture_is_not_taken_for_it(page: Page, origin: str) -> None:
    seen_as_screenshot(page, origin)
    go_to(page, OTHER_CASE)
    other = Image.effect_mandelbrot((640, 800), (-0.75, 0.0, -0.6, 0.25), 90).convert("RGB")
    attach(page, "new.png", png(other), "image/png")
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("window.madeUp.caption") == ""


def test_whoever_says_that_it_is_another_says_so_to_the_thread(page: Page, origin: str) -> None:
    shot = seen_as_screenshot(page, origin)
    go_to(page, OTHER_CASE)
    attach(page, "new.png", png(shot), "image/png")
    use = page.get_by_role("button", name="Use it as another picture")
    expect(use).to_be_disabled()
    page.get_by_label("I have compared them.").check()
    use.click()
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Words with it").fill("AP view.")
    button(page, "Next: check")
    expect(page.get_by_role("dialog")).to_contain_text("The others read with it: (My device took this picture")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    caption = page.evaluate("window.madeUp.caption")
    assert caption.startswith("AP view.\n(My device took this picture for one that was shared elsewhere.")


def test_hiding_parts_of_a_recognised_picture_does_not_make_it_new(page: Page, origin: str) -> None:
    """The question comes before anything can be hidden; taken out, the picture is gone."""
    shot = seen_as_screenshot(page, origin)
    go_to(page, OTHER_CASE)
    attach(page, "new.png", png(shot), "image/png")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Hide or cut parts")).to_have_count(0)
    button(page, "Take this picture out")
    expect(page.get_by_role("button", name="Next: check")).to_be_disabled()
    expect(page.get_by_role("img", name="The picture that will be sent")).to_have_count(0)


def test_in_its_own_thread_it_is_told_of_and_no_more(page: Page, origin: str) -> None:
    seen_as_screenshot(page, origin)
    attach(page, "again.jpg", SAMPLE.read_bytes())
    expect(page.get_by_text("You have this picture already in this thread")).to_be_visible()
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("window.madeUp.caption") == ""


def test_what_is_no_longer_in_its_thread_is_not_said_to_be_there(page: Page, origin: str) -> None:
    """Taken out, then attached again in the same thread under the same consent."""
    seen_as_screenshot(page, origin)
    page.evaluate(f"window.madeUp.removeImage(window.madeUp.messages('{thread(1)}')[4].body.images[0].disclosure)")
    attach(page, "again.jpg", SAMPLE.read_bytes())
    expect(page.get_by_text("This picture was in this thread before")).to_be_visible()
    expect(page.get_by_text("It is no longer there.")).to_be_visible()
    expect(page.get_by_text("You have this picture already")).to_have_count(0)


def test_a_new_picture_is_no_alarm_about_itself(page: Page, origin: str) -> None:
    at_thread(page, origin, OTHER_CASE)
    attach(page, "new.jpg", SAMPLE.read_bytes())
    button(page, "Hide or cut parts")
    stage = page.get_by_role("application")
    stage.focus()
    page.keyboard.press("Enter")
    button(page, "Use it like this")
    expect(page.get_by_role("heading", name="Attach: 2 of 3, picture")).to_be_visible()
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert prepared(page)[1]["width"] == 900
    remembered(page)


def test_what_is_no_longer_shared_is_recognised_and_cannot_be_forwarded(page: Page, origin: str) -> None:
    shot = seen_as_screenshot(page, origin)
    page.evaluate("window.madeUp.withdrawConsent(window.madeUp.consents()[0].consent)")
    go_to(page, OTHER_CASE)
    attach(page, "new.png", png(shot), "image/png")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is no longer shared there")
    expect(dialog.get_by_role("button", name="Go there to forward it")).to_have_count(0)
    button(page, "Go to that thread")
    expect(page.get_by_role("heading", name="Wrist after a fall, bed 12")).to_be_visible()


@pytest.mark.skipif(not REAL.exists(), reason="the real radiograph is not here")
def test_a_real_radiograph_that_was_sent_is_recognised_from_a_part_of_it(page: Page, origin: str) -> None:
    real = Image.open(REAL).convert("RGB")
    at_thread(page, origin, OTHER_CASE)
    attach(page, "leg.jpg", REAL.read_bytes())
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    remembered(page)
    go_to(page, SAME_CASE)
    attach(page, "new.png", png(middle(real, 0.7)), "image/png")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Ms Test Unconscious")
