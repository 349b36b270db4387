"""From a file, the clipboard or the camera roll to a described picture, ready to be sent; with made-up data."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from browser.preview.hands import button
from browser.screens import at_thread, attach, png_claiming, prepared, with_metadata


def test_an_image_is_encoded_afresh_and_upright(page: Page, origin: str) -> None:
    at_thread(page, origin)
    attach(page, "../../patient name.jpg", with_metadata())
    page.get_by_label("Radiograph (x-ray)").check()
    expect(page.get_by_label("Taken")).to_have_value("2025-03-09T14:05")
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    content, said = prepared(page)
    assert [mark for mark in (b"SECRETMAKER", b"polyglot", b"Exif") if mark in content] == []
    picture = Image.open(BytesIO(content))
    assert (picture.format, picture.size, said["width"], said["height"]) == ("JPEG", (40, 80), 40, 80)
    red, _, blue = picture.convert("RGB").crop((10, 60, 30, 78)).resize((1, 1)).tobytes()
    assert red > blue, "turned the right way: the stored right half is the lower half"
    assert "patient name" not in str(said)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a JPEG"),
        ("x.jpg", b"<!doctype html><script>alert(1)</script>", "not a JPEG"),
        ("x.jpg", b"GIF89a" + bytes(40), "not a JPEG"),
        ("x.png", png_claiming(20_000, 20_000), "larger than 50 megapixels"),
        ("x.png", png_claiming(32, 32), "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(page: Page, origin: str, name: str, content: bytes, words: str) -> None:
    at_thread(page, origin)
    attach(page, name, content)
    expect(page.get_by_text(words)).to_be_visible()
    following = page.get_by_role("button", name="Next: check")
    expect(following).to_be_disabled()
    expect(following).to_have_accessible_description("No picture yet.")


def test_a_file_over_40_mb_is_not_read(page: Page, origin: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jpg"
    file.write_bytes(with_metadata() + bytes(41 * 2**20))
    at_thread(page, origin)
    button(page, "Attach an image")
    button(page, "Next: picture")
    page.get_by_label("Picture file").set_input_files(file)
    expect(page.get_by_text("larger than 40 MB")).to_be_visible()


GIVE = """([kind, contents]) => {
  const given = new DataTransfer()
  contents.forEach((text, n) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
    given.items.add(new File([bytes], `${n}.jpg`))
  })
  const target = document.querySelector('dialog')
  const options = { bubbles: true, cancelable: true }
  const event = kind === 'paste'
    ? new ClipboardEvent(kind, { ...options, clipboardData: given })
    : new DragEvent(kind, { ...options, dataTransfer: given })
  return !target.dispatchEvent(event)
}"""


def give(page: Page, how: str, *contents: bytes) -> None:
    """Pastes or drops files onto the dialog; the page must keep the browser from opening them itself."""
    assert page.evaluate(GIVE, [how, [base64.b64encode(content).decode() for content in contents]])


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_a_series_is_pasted_or_dropped_described_and_sent(page: Page, origin: str, how: str) -> None:
    at_thread(page, origin)
    button(page, "Attach an image")
    button(page, "Next: picture")
    give(page, how, with_metadata())
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Part of the body").fill("forearm")
    page.get_by_label("Side").select_option("left")
    give(page, how, with_metadata(), b"no picture", with_metadata())
    expect(page.get_by_text("1.jpg: That file is not a JPEG")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Picture"))).to_have_count(3)
    button(page, "Take this picture out")
    button(page, "Picture 2, not described yet")
    button(page, "The same as picture 1: Radiograph, forearm, left")
    page.get_by_label("Side").select_option("right")
    button(page, "Next: check")
    expect(page.get_by_role("img", name="Picture 2 of 2, as it will be sent")).to_be_visible()
    button(page, "Send 2 images")
    expect(page.get_by_role("dialog")).to_have_count(0)
    said = page.evaluate("window.madeUp.series.map(({ kind, bodySite, laterality }) => [kind, bodySite, laterality])")
    assert said == [["radiograph", "forearm", "left"], ["radiograph", "forearm", "right"]]


def test_each_file_that_cannot_be_taken_is_named(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Attach an image")
    button(page, "Next: picture")
    give(page, "drop", b"no picture", with_metadata(), png_claiming(20_000, 20_000))
    note = page.get_by_role("list").filter(has_text="0.jpg: That file is not a JPEG")
    expect(note).to_contain_text("2.jpg: That picture is larger than 50 megapixels.")
    expect(page.get_by_role("img", name="The picture that will be sent")).to_be_visible()


def test_more_than_eight_are_left_out_in_words(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Attach an image")
    button(page, "Next: picture")
    give(page, "drop", *[with_metadata()] * 9)
    expect(page.get_by_text("At most 8 pictures go in one message.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Picture"))).to_have_count(8)


def test_one_picture_that_is_not_covered_keeps_the_series_back(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Attach an image")
    button(page, "Next: picture")
    give(page, "paste", with_metadata(), with_metadata())
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Picture 2, not described yet")
    page.get_by_label("Document").check()
    button(page, "Next: check")
    expect(page.get_by_text("Picture 2 cannot go here under this consent.")).to_be_visible()
    expect(page.get_by_text("The consent does not cover this kind of image: document.")).to_be_visible()
    expect(page.get_by_role("button", name="Send 2 images")).to_be_disabled()


def test_a_chosen_picture_is_not_lost_by_a_slip(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Attach an image")
    button(page, "Record another consent")
    button(page, "Refused")
    button(page, "Back")
    expect(page.get_by_role("dialog", name="Leave without recording?")).to_be_visible()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("dialog", name="Attach: 1 of 3, consent")).to_be_visible()
    button(page, "Next: picture")
    button(page, "Use the sample picture")
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Cancel")
    question = page.get_by_role("dialog", name="Leave without sending?")
    expect(question).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(page.get_by_label("Radiograph (x-ray)")).to_be_checked()
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_where_the_time_of_a_picture_is_from_is_said_and_it_can_be_cleared(page: Page, origin: str) -> None:
    at_thread(page, origin)
    attach(page, "x.jpg", with_metadata())
    page.get_by_label("Radiograph (x-ray)").check()
    taken = page.get_by_label("Taken", exact=True)
    expect(taken).to_have_value(re.compile("T"))
    expect(page.get_by_text("By the camera’s clock. Is it right?")).to_be_visible()
    taken.fill("2026-01-02T03:04")
    taken.blur()
    expect(page.get_by_text("As you say.")).to_be_visible()
    button(page, "Next: check")
    expect(page.get_by_text(re.compile("Taken .*2026"))).to_be_visible()
    button(page, "Back")
    button(page, "Clear")
    expect(taken).to_have_value("")
    expect(page.get_by_text("Not stated.")).to_be_visible()
    button(page, "Next: check")
    expect(page.get_by_text("Time of the picture not stated.")).to_be_visible()
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert prepared(page)[1]["takenAt"] is None
