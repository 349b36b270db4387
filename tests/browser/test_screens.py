"""What the screens do by themselves, seen with made-up data under the product's CSP: no server takes part."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from browser.preview.look import ARGUMENTS, SCREENS, button, look, serve, sheet_chosen, thread, viewed

PREVIEW = Path(__file__).parent / "preview"
CLIENT = Path(__file__).parents[2] / "client_web"
AXE = CLIENT / "node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The preview, built and served with the product's headers."""
    dist = tmp_path_factory.mktemp("preview")
    build = [shutil.which("npx") or "npx", "vite", "build", "--config", str(PREVIEW / "vite.config.mjs")]
    subprocess.run([*build, "--outDir", str(dist)], cwd=CLIENT, check=True, capture_output=True)
    return serve(dist)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A phone. Whatever the console complains of fails the test: a CSP violation does."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(5_000)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def at_thread(page: Page, origin: str, n: int = 1) -> None:
    page.goto(f"{origin}/?status=ready#/thread/{thread(n)}")
    page.get_by_label("Message", exact=True).wait_for()


def with_metadata() -> bytes:
    """A JPEG lying on its side, with a place and a maker in its EXIF, and a page appended to it."""
    picture = Image.new("RGB", (80, 40), (200, 30, 30))
    picture.paste((30, 30, 200), (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "S"
    out = BytesIO()
    exif.get_ifd(0x8769)[0x9003] = "2025:03:09 14:05:06"
    picture.save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue() + b"<html><script>alert('polyglot')</script></html>"


def png_claiming(width: int, height: int) -> bytes:
    """The head of a PNG, and nothing that could be decoded."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02" + bytes(20)


def prepared(page: Page) -> tuple[bytes, dict[str, object]]:
    """The bytes and the description that the screens handed to the session."""
    handed = page.evaluate("({ ...window.madeUp.attached, bytes: [...window.madeUp.attached.bytes] })")
    return bytes(handed.pop("bytes")), handed


def attach(page: Page, name: str, content: bytes, mime: str = "image/jpeg") -> None:
    button(page, "Attach an image")
    button(page, "Next: picture")
    page.get_by_label("Picture file").set_input_files({"name": name, "mimeType": mime, "buffer": content})


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
    expect(page.get_by_role("button", name="Next: check")).to_be_disabled()


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
    expect(page.get_by_text("Not every file could be taken.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Picture"))).to_have_count(3)
    expect(page.get_by_label("Part of the body")).to_have_value("forearm")
    page.get_by_label("Side").select_option("right")
    button(page, "Picture 2")
    expect(page.get_by_label("Side")).to_have_value("left")
    button(page, "Take this picture out")
    button(page, "Next: check")
    expect(page.get_by_role("img", name="Picture 2 of 2, as it will be sent")).to_be_visible()
    button(page, "Send 2 images")
    expect(page.get_by_role("dialog")).to_have_count(0)
    said = page.evaluate("window.madeUp.series.map(({ kind, bodySite, laterality }) => [kind, bodySite, laterality])")
    assert said == [["radiograph", "forearm", "left"], ["radiograph", "forearm", "right"]]


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
    page.get_by_label("Document").check()
    button(page, "Picture 1")
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Next: check")
    expect(page.get_by_text("These images cannot go here under this consent.")).to_be_visible()
    expect(page.get_by_role("button", name="Send 2 images")).to_be_disabled()


def test_names_and_texts_are_never_markup(page: Page, origin: str) -> None:
    at_thread(page, origin)
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("[role=log] img, [role=log] a, [role=log] b").count() == 0
    assert page.locator("nav b").count() == 0


def test_lock_leaves_nothing_in_the_page(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    page.evaluate("window.canvas = document.querySelector('canvas')")
    assert page.evaluate("canvas.width * canvas.height") > 1000
    page.evaluate("window.madeUp.lock()")
    expect(page.get_by_role("heading", name="Unlock InScope")).to_be_visible()
    assert page.evaluate("canvas.width * canvas.height") == 0
    text = page.evaluate("document.documentElement.outerHTML")
    assert [word for word in ("Wrist after a fall", "Test Patient", "Okafor") if word in text] == []
    page.get_by_label("Passphrase", exact=True).fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_it_locks_by_itself_when_idle(page: Page, origin: str) -> None:
    page.clock.install()
    at_thread(page, origin)
    page.clock.run_for(4 * 60_000)
    expect(page.get_by_role("log")).to_be_visible()
    page.clock.run_for(61_000)
    expect(page.get_by_role("heading", name="Unlock InScope")).to_be_visible()


def test_a_key_pressed_puts_the_lock_off(page: Page, origin: str) -> None:
    page.clock.install()
    at_thread(page, origin)
    page.clock.run_for(4 * 60_000)
    page.keyboard.press("Shift")
    page.clock.run_for(4 * 60_000)
    expect(page.get_by_role("log")).to_be_visible()


def test_back_closes_panels_and_leaves_the_thread(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/threads")
    page.get_by_role("link", name=re.compile("Wrist after a fall")).click()
    button(page, "3 people see this")
    expect(page.get_by_role("dialog", name="Who can see this")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("log")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("log")).to_be_hidden()
    expect(page.get_by_role("button", name="New thread")).to_be_visible()


def test_an_image_is_never_opened_by_an_address(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    page.reload()
    expect(page.get_by_role("log")).to_be_visible()
    assert page.locator("canvas").count() == 0


def test_the_viewer_closes_with_escape_and_blurs_out_of_focus(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    page.evaluate("window.canvas = document.querySelector('canvas')")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.locator("canvas")).to_have_css("filter", re.compile("blur"))
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("canvas")).to_have_css("filter", "none")
    page.keyboard.press("+")
    expect(page.get_by_text("140%")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("canvas.width * canvas.height") == 0


def test_one_look_is_one_opening(page: Page, origin: str) -> None:
    """Messages that arrive while the viewer is open do not ask for the image again: each asking is logged."""
    at_thread(page, origin)
    viewed(page)
    for _ in range(3):
        page.evaluate("window.madeUp.sendText('x', 'y')")
        page.wait_for_timeout(100)
    assert page.evaluate("window.madeUp.opened") == 1
    assert page.evaluate("document.querySelector('canvas').width") > 100


def test_pixels_are_forgotten_when_the_consent_is_not_known_to_stand(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    page.evaluate("window.canvas = document.querySelector('canvas')")
    assert page.evaluate("canvas.width * canvas.height") > 100
    page.evaluate("window.madeUp.endViewing('consent_not_current')")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The image was closed. Messages go on.")
    expect(dialog).to_contain_text("could not be made sure")
    expect(page.locator("canvas")).to_have_count(0)
    assert page.evaluate("canvas.width * canvas.height") == 0
    assert page.evaluate("window.madeUp.watched") == 0
    button(page, "Open it again")
    expect(page.locator("canvas")).to_have_count(1)
    page.wait_for_function("window.madeUp.watched === 1")  # once it is decoded
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("window.madeUp.watched") == 0
    page.get_by_label("Message", exact=True).fill("Goes on")


def test_the_viewers_name_is_on_the_picture(page: Page, origin: str) -> None:
    """The mark is drawn into the picture, not laid over it: another viewer's pixels are others, at the same instant."""
    page.clock.set_fixed_time("2026-05-01T10:00:00Z")
    pictures = []
    for name in ("Dr Ilya Novak", "Dr Ilya Novak", "Dr Somebody Else"):
        page.goto("about:blank")
        at_thread(page, origin)
        page.evaluate("name => { window.madeUp.me.name = name }", name)
        viewed(page)
        page.wait_for_timeout(200)
        pictures.append(page.evaluate("document.querySelector('canvas').toDataURL()"))
    assert pictures[0] == pictures[1] != pictures[2]


def test_an_alarm_about_the_log_stays_in_plain_words(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.evaluate("window.madeUp.raiseAlarm('log_split')")
    alarm = page.get_by_role("banner").get_by_role("alert")
    expect(alarm).to_contain_text("The server shows different people different logs of who has seen images.")
    expect(alarm).to_contain_text("Tell your privacy officer")
    expect(alarm).to_contain_text("by a message of Dr Amara")
    page.evaluate("location.hash = '#/threads'")
    expect(page.get_by_role("button", name="New thread")).to_be_visible()
    expect(alarm).to_be_visible()
    for code, words in (("log_rewritten", "changed its log"), ("log_shortened", "taken entries out"),
                        ("log_key_changed", "signed with another key")):  # fmt: skip
        page.evaluate(f"window.madeUp.raiseAlarm('{code}')")
        expect(alarm).to_contain_text(words)


def test_each_opening_says_whether_it_is_proven(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Who has seen it")
    said = page.get_by_role("dialog").get_by_role("listitem")
    expect(said).to_have_count(3)
    expect(said.nth(0)).to_contain_text("In the log, proven")
    expect(said.nth(1)).to_contain_text("Not proven")
    expect(said.nth(1)).not_to_contain_text("In the log")


def test_the_logs_signed_head_is_saved_as_a_file(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/settings")
    expect(page.get_by_role("dialog")).to_contain_text("1204 entries")
    with page.expect_download() as saving:
        button(page, "Save the signed head")
    assert json.loads(saving.value.path().read_bytes()) == page.evaluate("({ head: window.madeUp.logHead.signed })")


def test_a_refusal_needs_only_whose_it_is(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    button(page, "Consents")
    button(page, "Record a consent")
    button(page, "Refused")
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    button(page, "Record the refusal")
    expect(page.get_by_text("The patient said no.")).to_be_visible()


def test_a_patient_who_refuses_what_was_agreed_is_taken_at_their_word(page: Page, origin: str) -> None:
    """Through Change, where a no is to all of it; and the form says what that closes."""
    at_thread(page, origin)
    button(page, "Consents")
    page.get_by_role("article", name="Consent of Mr Test Patient").get_by_role("button", name="Change").click()
    button(page, "Refused")
    expect(page.get_by_role("alert").filter(has_text="This ends the consent")).to_be_visible()
    button(page, "Record the refusal")
    expect(page.get_by_role("button", name="Record the refusal")).to_have_count(0)
    assert page.evaluate("window.madeUp.consents()[0].scope.decision") == "refused"


def test_a_no_to_something_more_leaves_what_was(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Add people")
    page.get_by_label("Whom?").fill("Johanna")
    button(page, "Johanna")
    page.get_by_role("button", name="Add", exact=True).click()
    button(page, "Ask the patient for a wider consent")
    button(page, "The patient has told me already")
    button(page, "Refused")
    expect(page.get_by_text("A no to this changes nothing")).to_be_visible()
    button(page, "Leave it as it was")
    expect(page.get_by_text("Not added yet")).to_be_visible()
    assert page.evaluate("window.madeUp.consents()[0].scope.decision") == "given"


WIDEN = """async (state) => {
    const [{ consent, record }] = window.madeUp.consents()
    await window.madeUp.amendConsent(consent, { ...window.madeUp.asked, record })
    window.madeUp.settleQuestions(state)
}"""


def test_what_was_asked_stays_on_the_screen_once_it_is_answered(page: Page, origin: str) -> None:
    """The answer makes the consent wider, so that nothing is lacking any more: no empty form may take its place."""
    at_thread(page, origin)
    attach(page, "x.jpg", with_metadata())
    page.get_by_label("Document").check()
    button(page, "Next: check")
    button(page, "Ask the patient for a wider consent")
    expect(page.get_by_text("Waiting. The link works once")).to_be_visible()
    expect(page.get_by_role("button", name="The patient has told me already")).to_be_visible()
    page.evaluate(WIDEN, "agreed")
    assert "document" in page.evaluate("window.madeUp.consents()[0].scope.conditions.image_kinds")
    expect(page.get_by_text("The patient agreed. It is recorded and signed.")).to_be_visible()
    expect(page.get_by_text("482 913")).to_be_visible()
    expect(page.get_by_role("button", name="The patient has told me already")).to_have_count(0)
    button(page, "Go on")
    expect(page.get_by_role("button", name="Next: picture")).to_be_enabled()


def test_an_emergency_for_somebody_who_said_no_must_be_meant(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.evaluate("window.madeUp.withdrawConsent(window.madeUp.consents()[0].consent)")
    button(page, "Consents")
    button(page, "Record a")
    button(page, "Agreed")
    page.get_by_label("Who agreed?").select_option("emergency")
    page.get_by_label("The patient is unconscious").check()
    of_old = page.evaluate("window.madeUp.consents()[0].scope.subject")
    page.locator("select", has_text="A new patient").select_option(of_old)
    warning = page.get_by_text(re.compile(r"Mr Test Patient said no on .*\d"))
    expect(warning).to_be_visible()
    expect(page.get_by_text("that you know of the patient’s no")).to_be_visible()
    page.get_by_label("I know of it").check()
    expect(page.get_by_text("that you know of the patient’s no")).to_have_count(0)
    page.get_by_label("Who agreed?").select_option("patient")
    expect(warning).to_have_count(0)


def sheet_of_the_last_consent(page: Page) -> object:
    return page.evaluate("window.madeUp.consents().at(-1).scope.taken.sheet")


def test_the_sheet_that_was_shown_is_the_one_recorded(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    sheet_chosen(page)
    button(page, "Show to the patient")
    sheet = page.get_by_role("dialog").last
    expect(sheet).to_have_attribute("lang", "ar")
    expect(sheet).to_have_attribute("dir", "rtl")
    expect(sheet.get_by_role("heading", level=3)).to_have_count(8)
    assert float(str(sheet.locator("p").first.evaluate("(one) => getComputedStyle(one).fontSize"))[:-2]) >= 20
    box = sheet.bounding_box()
    assert box is not None and (box["width"], box["height"]) == (390, 844)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(1)
    button(page, "Refused")
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    button(page, "Record the refusal")
    expect(page.get_by_role("button", name="Record the refusal")).to_have_count(0)
    shown = page.evaluate("window.madeUp.sheets().then((all) => all.find(({ language }) => language === 'ar'))")
    expected = {key: shown[key] for key in ("sheet", "version", "language", "text")}
    assert sheet_of_the_last_consent(page) == expected


def test_a_sheet_that_cannot_be_checked_is_not_recorded(page: Page, origin: str) -> None:
    at_thread(page, origin, 5)
    page.evaluate("void (window.madeUp.sheetText = () => Promise.reject({ code: 'sheet_altered' }))")
    button(page, "Consents")
    button(page, "Record a consent")
    field = page.get_by_label("Information sheet explained")
    field.select_option(label="English")
    expect(page.get_by_text("not the text it should be")).to_be_visible()
    expect(field).to_have_value("")
    expect(page.get_by_role("button", name="Show to the patient")).to_have_count(0)
    button(page, "Refused")
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    button(page, "Record the refusal")
    expect(page.get_by_role("button", name="Record the refusal")).to_have_count(0)
    assert sheet_of_the_last_consent(page) is None


def test_forwarding_to_the_social_thread_is_refused_with_names(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Forward")
    refused = page.get_by_role("article", name="Intern year 2026: not possible")
    expect(refused).to_contain_text("No patient’s image can go here")
    expect(refused).to_contain_text("The consent does not cover Dr Sam <b>O’Hara</b> and Dr Priya Raman.")
    expect(refused.get_by_role("button")).to_have_count(0)
    page.get_by_role("radio", name=re.compile("Second opinion")).check()
    page.get_by_role("dialog").get_by_role("button", name="Forward").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("way", ["Take the image out of this thread", "Ask the patient for a wider consent"])
def test_a_refused_add_has_two_ways_out(page: Page, origin: str, way: str) -> None:
    at_thread(page, origin)
    button(page, "Add people")
    page.get_by_label("Whom?").fill("Johanna")
    button(page, "Johanna")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The consent does not cover A/Prof. Johanna")).to_be_visible()
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    button(page, way)
    if way.startswith("Take"):
        expect(page.get_by_text("It closes for everyone")).to_be_visible()
        page.get_by_role("dialog").last.get_by_role("button", name="Take it out").click()
    if way.startswith("Ask"):
        button(page, "The patient has told me already")
        button(page, "Agreed")
        expect(page.get_by_role("button", name="Drop A/Prof. Johanna")).to_be_visible()
        button(page, "Record the change")
    expect(page.get_by_text("Nothing stands against adding them now.")).to_be_visible()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="4 people see this")).to_be_visible()


def test_the_keyboard_alone_suffices(page: Page, origin: str) -> None:
    """From the list to a sent message without a pointer."""
    page.goto(f"{origin}/?status=ready#/threads")
    page.get_by_role("link", name=re.compile("Second opinion")).focus()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Message":
            break
    page.keyboard.type("By key alone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").get_by_text("By key alone")).to_be_visible()


def test_focus_goes_to_each_step_and_back_to_what_opened_it(page: Page, origin: str) -> None:
    at_thread(page, origin)
    page.get_by_role("button", name="Attach an image").focus()
    page.keyboard.press("Enter")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Attach: 1 of 3, consent")
    button(page, "Next: picture")
    expect(focused).to_have_text("Attach: 2 of 3, picture")
    button(page, "Use the sample picture")
    page.get_by_label("Radiograph (x-ray)").check()
    button(page, "Next: check")
    expect(focused).to_have_text("Attach: 3 of 3, check")
    button(page, "Back")
    expect(focused).to_have_text("Attach: 2 of 3, picture")
    button(page, "Back")
    button(page, "Record another consent")
    expect(focused).to_have_text("Record a consent")
    page.keyboard.press("Tab")
    expect(page.get_by_role("dialog").locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(focused).to_have_text("Leave without sending?")
    page.get_by_role("button", name="Leave").click()
    expect(focused).to_have_attribute("aria-label", "Attach an image")


def test_focus_returns_also_when_what_opened_a_dialog_was_in_one(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Consents")
    button(page, "Record a consent")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Record a consent")
    page.keyboard.press("Escape")
    expect(focused).to_have_text("Consents in this thread")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(focused).to_contain_text("Consents")


def test_focus_is_not_lost_by_what_replaces_a_form(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/thread/{thread(5)}")
    SCREENS["35-asked"][1](page)
    expect(page.locator(":focus")).to_contain_text("Let the patient scan this")


def test_focus_stands_at_the_top_after_unlocking(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=locked")
    page.get_by_label("Passphrase", exact=True).fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_text("InScope")


def test_a_form_in_which_nothing_was_entered_closes_without_a_question(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Consents")
    button(page, "Record a consent")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Consents in this thread")).to_be_visible()
    page.keyboard.press("Escape")
    button(page, "Attach an image")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("way", ["Escape", "Close"])
def test_a_half_filled_consent_is_not_lost_by_a_slip(page: Page, origin: str, way: str) -> None:
    at_thread(page, origin)
    button(page, "Consents")
    button(page, "Record a consent")
    button(page, "Agreed")
    page.get_by_label("Patient’s name").fill("Mr Half Written")

    def slip() -> None:
        page.keyboard.press("Escape") if way == "Escape" else button(page, "Close")

    slip()
    question = page.get_by_role("dialog", name="Leave without recording?")
    expect(question).to_be_visible()
    button(page, "Stay here")
    expect(page.get_by_label("Patient’s name")).to_have_value("Mr Half Written")
    slip()
    question.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("dialog", name="Record a consent")).to_have_count(0)


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


def test_forwarding_to_a_thread_about_another_patient_must_be_meant(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Forward")
    forward = page.get_by_role("dialog").get_by_role("button", name="Forward")
    page.get_by_role("radio", name="Second opinion").check()  # It speaks of nobody yet.
    expect(forward).to_be_enabled()
    page.get_by_role("radio", name="Ankle, bed 3").check()
    warning = page.get_by_text("That thread is about Ms Sample Person. This image is of Mr Test Patient.")
    expect(warning).to_be_visible()
    expect(forward).to_be_disabled()
    page.get_by_label("I mean to send it to that thread").check()
    expect(forward).to_be_enabled()
    page.get_by_role("radio", name="Second opinion").check()
    page.get_by_role("radio", name="Ankle, bed 3").check()
    expect(forward).to_be_disabled()  # Another choice, another confirmation.
    page.get_by_label("I mean to send it to that thread").check()
    forward.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_viewer_says_whose_picture_it_is_and_of_when(page: Page, origin: str) -> None:
    at_thread(page, origin)
    viewed(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile(r"^Mr Test Patient · taken .*\d"))).to_be_visible()
    assert "Test" not in page.url


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


def test_a_passphrase_with_a_slip_in_it_sets_nothing_up(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=new#/invitation/abc.def")
    first, again = page.get_by_label("New passphrase"), page.get_by_label("The same once more")
    set_up = page.get_by_role("button", name="Set up this device")
    first.fill("four words apart here")
    expect(set_up).to_be_disabled()
    again.fill("four words apart")
    expect(page.get_by_text("The two differ")).to_have_count(0)  # It may yet become the same.
    again.fill("four words appart here")
    expect(page.get_by_text("The two differ")).to_be_visible()
    expect(set_up).to_be_disabled()
    page.get_by_role("button", name="Show passphrase").first.click()
    expect(first).to_have_attribute("type", "text")
    again.fill("four words apart here")
    expect(page.get_by_text("The two are the same.")).to_be_visible()
    set_up.click()
    expect(page.get_by_text("Waiting for Base Hospital")).to_be_visible()


def test_what_the_server_says_against_a_consent_is_seen_on_a_phone(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/thread/{thread(5)}")
    SCREENS["17-consent-form"][1](page)
    page.evaluate("() => { window.madeUp.recordConsent = () => Promise.reject({ code: 'policy_mismatch' }) }")
    page.get_by_role("button", name="Record the consent").scroll_into_view_if_needed()
    page.locator("dialog .body").evaluate("body => { body.scrollTop = 0 }")
    button(page, "Record the consent")
    alert = page.get_by_role("alert").filter(has_text="The rules for consents have changed here")
    expect(alert).to_be_visible()
    expect(alert).to_be_in_viewport(ratio=1)
    covered = alert.evaluate(
        "note => { const box = note.getBoundingClientRect();"
        " return !note.contains(document.elementFromPoint(box.left + 20, box.top + box.height / 2)) }"
    )
    assert not covered


def test_light_and_dark_can_be_chosen_and_stay(page: Page, origin: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{origin}/?status=ready#/settings")
    expect(page.locator("body")).to_have_css("background-color", "rgb(241, 244, 243)")
    page.get_by_label("Dark").check()
    expect(page.locator("body")).to_have_css("background-color", "rgb(14, 21, 20)")
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", "rgb(14, 21, 20)")


def test_controls_are_large_enough_to_touch(page: Page, origin: str) -> None:
    at_thread(page, origin)
    small = page.evaluate(
        "[...document.querySelectorAll('button, a, input, textarea')].filter((element) => element.checkVisibility())"
        ".map((element) => [element.innerText, element.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 44 || box.height < 44).map(([text]) => text)"
    )
    assert small == []


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing(chromium: Browser, origin: str, tmp_path: Path, name: str, width: int, scheme: str) -> None:
    dark = scheme == "dark"
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme="dark" if dark else "light")
    context.set_default_timeout(5_000)
    path, act = SCREENS[name]
    assert look(context.new_page(), origin, name, path, act, AXE.read_text(), tmp_path / "shot.png") == []
    context.close()


def filing(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "File in the record")
    expect(page.get_by_role("dialog")).to_contain_text("Will be filed in the record of Base Hospital")


def test_an_image_is_filed_with_the_advice_that_was_chosen_by_keyboard_alone(page: Page, origin: str) -> None:
    filing(page, origin)
    boxes = page.get_by_role("dialog").get_by_role("checkbox")
    assert [boxes.nth(place).is_checked() for place in range(boxes.count())] == [False, True, True]
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(2).focus()
    page.keyboard.press("Space")
    page.get_by_role("dialog").get_by_role("button", name="File in the record").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Filing… The record has not confirmed it yet.")).to_be_visible()
    offered = page.evaluate("window.madeUp.recordOffer(location.hash.split('/')[2]).messages")
    assert sorted(page.evaluate("window.madeUp.filed")) == sorted(offered[:2])


def test_filed_is_said_only_of_what_is_proven_and_the_image_is_gone(page: Page, origin: str) -> None:
    at_thread(page, origin)
    for name, said in [
        ("63-not-filed", "Not filed. The record found another picture than was shared."),
        ("65-filed-and-kept", "Filed in the record of Base Hospital on"),
        ("64-filed", "Filed in the record of Base Hospital on"),
    ]:
        SCREENS[name][1](page)
        expect(page.get_by_role("figure").first).to_contain_text(said)
    card = page.get_by_role("figure").first
    expect(card).to_contain_text("No longer here.")
    expect(card.get_by_role("button", name="Open")).to_have_count(0)
    expect(card.get_by_role("button", name="File in the record")).to_have_count(0)


def test_what_may_not_go_there_cannot_be_sent_there(page: Page, origin: str) -> None:
    at_thread(page, origin)
    SCREENS["66-file-not-covered"][1](page)
    expect(page.get_by_role("dialog")).to_contain_text("has not agreed to this record")
    expect(page.get_by_role("dialog").get_by_role("button", name="File in the record")).to_be_disabled()


def test_the_record_is_one_of_those_who_can_see_it(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "3 people see this")
    expect(page.get_by_role("dialog").get_by_role("heading", name="Medical records")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("only when somebody files them")


def test_the_record_is_named_where_consent_is_recorded(page: Page, origin: str) -> None:
    page.goto(f"{origin}/?status=ready#/thread/{thread(5)}")
    button(page, "Consents")
    button(page, "Record a consent")
    button(page, "Agreed")
    expect(page.get_by_text("Will be filed in the record of Base Hospital")).to_be_visible()
    page.get_by_label("Add a person, team").fill("medical record")
    button(page, "Medical record of City")
    expect(page.get_by_role("list", name="May see it")).to_contain_text("to be filed there")
