"""What is hidden in a picture is gone from what is sent: by mouse, by finger and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from browser.preview.hands import button
from browser.screens import at_thread, attach, prepared

MARKS = 5
BLACK = (0, 0, 0)


def noise() -> Image.Image:
    """400 by 200, no two neighbours alike and none of them black."""
    picture = Image.new("RGB", (400, 200))
    picture.putdata([(40 + x % 200, 40 + y % 200, 40 + (7 * x + 13 * y) % 200) for y in range(200) for x in range(400)])
    return picture


def pixels(picture: Image.Image) -> list[tuple[int, ...]]:
    raw = picture.tobytes()
    return [tuple(raw[at : at + 3]) for at in range(0, len(raw), 3)]


@pytest.fixture
def editor(page: Page, origin: str) -> Iterator[Page]:
    out = BytesIO()
    noise().save(out, "PNG")
    at_thread(page, origin)
    attach(page, "x.png", out.getvalue(), "image/png")
    page.get_by_role("radio", name="Photograph").check()
    button(page, "Hide or cut parts")
    expect(page.get_by_role("application").locator("canvas")).to_have_js_property("width", 400)
    return page


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    """A pixel of the picture on the screen."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * x / 400, box["y"] + box["height"] * y / 200


def drag(page: Page, *points: tuple[float, float]) -> None:
    page.mouse.move(*spot(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*spot(page, *point), steps=5)
    page.mouse.up()


def sent(page: Page) -> tuple[Image.Image, dict[str, Any]]:
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    content, said = prepared(page)
    return Image.open(BytesIO(content)).convert("RGB"), said


def test_a_black_box_by_mouse_is_all_that_changes(editor: Page) -> None:
    drag(editor, (100, 50), (300, 150))
    button(editor, "Use it like this")
    picture, _ = sent(editor)
    assert set(pixels(picture.crop((104, 54, 296, 146)))) == {BLACK}
    for box in ((0, 0, 400, 46), (0, 154, 400, 200), (0, 50, 96, 150), (304, 50, 400, 150)):
        assert pixels(picture.crop(box)) == pixels(noise().crop(box)), "the rest is as it was"


def test_a_brush_by_finger_covers_its_whole_path(editor: Page) -> None:
    editor.get_by_label("Black brush").check()
    line = editor.context.new_cdp_session(editor)
    for kind, points in (
        ("touchStart", [(50, 100)]),
        ("touchMove", [(200, 100)]),
        ("touchMove", [(350, 100)]),
        ("touchEnd", []),
    ):
        touches = [dict(zip(("x", "y"), spot(editor, *point), strict=True)) for point in points]
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    button(editor, "Use it like this")
    picture, _ = sent(editor)
    assert set(pixels(picture.crop((52, 96, 348, 104)))) == {BLACK}
    assert BLACK not in set(pixels(picture.crop((0, 0, 400, 80))))


def test_a_blurred_box_leaves_a_few_patches(editor: Page) -> None:
    editor.get_by_label("Blurred box").check()
    drag(editor, (100, 20), (280, 180))
    button(editor, "Use it like this")
    picture, _ = sent(editor)
    assert len(set(pixels(picture.crop((104, 24, 276, 176))))) <= 36
    assert len(set(pixels(picture.crop((300, 0, 400, 200))))) > 1000


def test_what_was_cut_off_is_not_sent(editor: Page) -> None:
    editor.get_by_label("Cut the edges off").check()
    drag(editor, (100, 50), (300, 150))
    button(editor, "Use it like this")
    picture, said = sent(editor)
    assert abs(picture.width - 200) <= 4 and abs(picture.height - 100) <= 4
    assert (said["width"], said["height"]) == picture.size


def test_undo_takes_back_the_last_and_nothing_is_used_without_any(editor: Page) -> None:
    use = editor.get_by_role("button", name="Use it like this")
    expect(use).to_be_disabled()
    drag(editor, (10, 10), (60, 60))
    drag(editor, (200, 100), (260, 160))
    button(editor, "Undo")
    use.click()
    picture, _ = sent(editor)
    assert set(pixels(picture.crop((14, 14, 56, 56)))) == {BLACK}
    assert pixels(picture.crop((200, 100, 260, 160))) == pixels(noise().crop((200, 100, 260, 160)))


def test_the_keyboard_alone_hides(editor: Page) -> None:
    editor.get_by_role("radio", name="Black box").focus()
    editor.keyboard.press("Tab")
    expect(editor.get_by_role("application")).to_be_focused()
    for key in ("ArrowLeft",) * 100 + ("ArrowUp",) * 100 + ("Shift+ArrowRight",) * 10 + ("Enter",):
        editor.keyboard.press(key)
    for _ in range(2):
        editor.keyboard.press("Tab")
    editor.keyboard.press("Enter")
    picture, _ = sent(editor)
    assert set(pixels(picture.crop((0, 0, 100, 40)))) == {BLACK}
    assert picture.getpixel((399, 199)) != BLACK


def test_only_who_looked_for_everything_says_de_identified(editor: Page) -> None:
    drag(editor, (10, 10), (60, 60))
    button(editor, "Use it like this")
    editor.get_by_text("Is it de-identified?").click()
    boxes = editor.locator("details input[type=checkbox]")
    expect(boxes).to_have_count(MARKS)
    for place in range(MARKS - 1):
        boxes.nth(place).check()
    button(editor, "Next: check")
    expect(editor.get_by_role("dialog").get_by_text(", de-identified")).to_have_count(0)
    button(editor, "Back")
    expect(boxes.nth(0)).not_to_be_checked()
    editor.get_by_text("Is it de-identified?").click()
    for place in range(MARKS):
        boxes.nth(place).check()
    expect(editor.get_by_text("everything below was looked for")).to_be_visible()
    _, said = sent(editor)
    assert said["deidentified"] is True


def test_after_hiding_it_is_looked_at_anew(editor: Page) -> None:
    button(editor, "Back")
    editor.get_by_text("Is it de-identified?").click()
    for box in editor.locator("details input[type=checkbox]").all():
        box.check()
    button(editor, "Hide or cut parts")
    drag(editor, (10, 10), (60, 60))
    button(editor, "Use it like this")
    expect(editor.get_by_text("Is it de-identified?")).to_be_visible()
    _, said = sent(editor)
    assert said["deidentified"] is False
