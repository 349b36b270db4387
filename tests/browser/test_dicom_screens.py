"""What a person sees and chooses when a DICOM picture is taken in: by mouse, by keyboard, with made-up data."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Page, expect

from browser import dicom_files as made
from browser.preview.hands import button
from browser.screens import AXE, at_thread, prepared
from browser.test_dicom import RAMP, H, W, greys, holding, shown, words


def chosen(page: Page, origin: str, *contents: bytes) -> None:
    at_thread(page, origin)
    button(page, "Attach an image")
    button(page, "Next: picture")
    page.get_by_label("Picture file").set_input_files(
        [{"name": f"IM{n}", "mimeType": "", "buffer": content} for n, content in enumerate(contents)]
    )
    expect(page.get_by_role("heading", name="A DICOM picture")).to_be_visible()


def picture_of(name: str) -> bytes:
    tags = {**made.layout(W, H, allocated=16, stored=12), 0x00100010: name, 0x00281050: "1000", 0x00281051: "1500"}
    tags |= {0x00080060: "US", 0x00180015: "HAND", 0x00200060: "L", 0x00080022: "20250309", 0x00080032: "140506"}
    return made.dicom(made.EXPLICIT, tags, words(RAMP))


def consented(page: Page) -> str:
    return page.locator("dd").nth(1).inner_text().partition(",")[0]


def test_another_patients_picture_must_be_confirmed(page: Page, origin: str) -> None:
    chosen(page, origin, picture_of("SOMEBODY^ELSE"))
    expect(page.get_by_text("ELSE SOMEBODY")).to_be_visible()
    expect(page.get_by_text("The names differ.")).to_be_visible()
    use = page.get_by_role("button", name="Use it like this")
    expect(use).to_be_disabled()
    page.get_by_label("it is the same patient").check()
    expect(use).to_be_enabled()


def test_the_right_patients_picture_is_described_and_sent_without_its_tags(page: Page, origin: str) -> None:
    chosen(page, origin, picture_of("PLACE^HOLDER"))
    *given, family = consented(page).upper().split()
    button(page, "Leave it out")
    page.get_by_label("Picture file").set_input_files(
        {"name": "x.dcm", "mimeType": "application/dicom", "buffer": picture_of(f"{family}^{' '.join(given)}")}
    )
    expect(page.get_by_text("The same name.")).to_be_visible()
    page.evaluate(AXE.read_text())
    assert page.evaluate("async () => (await axe.run()).violations.map((rule) => rule.id)") == []
    button(page, "Use it like this")
    expect(page.get_by_text("may have the patient’s name written into it")).to_be_visible()
    expect(page.get_by_label("Scan (CT, MRI, ultrasound)")).to_be_checked()
    expect(page.get_by_label("Taken")).to_have_value("2025-03-09T14:05")
    expect(page.get_by_text("As the file says. Is it right?")).to_be_visible()
    assert page.locator("details input[type=checkbox]:checked").count() == 0
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    content, said = prepared(page)
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    assert greys(picture) == [shown(value, 1000, 1500) for value in RAMP]
    assert (said["bodySite"], said["laterality"]) == ("hand", "left")
    assert family.encode() not in content and family not in str(said).upper()


def test_window_and_level_by_keyboard_and_by_drag(page: Page, origin: str) -> None:
    chosen(page, origin, picture_of("SOMEBODY^ELSE"))
    level = page.get_by_label("Level (brightness)")
    level.focus()
    page.keyboard.press("End")
    expect(page.get_by_text("Level (brightness) 4")).to_be_visible()
    box = page.locator(".stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 2, box["y"] - box["height"] * 0.5)
    page.mouse.up()
    expect(page.get_by_text("Level (brightness) 4")).to_have_count(0)
    page.get_by_role("button", name="Invert").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")


def test_a_refused_file_says_why_and_the_next_one_follows(page: Page, origin: str) -> None:
    report = holding("88.11")
    chosen(page, origin, report, picture_of("SOMEBODY^ELSE"))
    expect(page.get_by_text("holds a structured report, and only pictures can be sent")).to_be_visible()
    button(page, "Next file")
    expect(page.get_by_text("ELSE SOMEBODY")).to_be_visible()
