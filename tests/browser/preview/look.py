"""Looks at every screen with made-up data: pictures at phone and desktop size, light and dark, axe-core on each.

Served with the product's own headers. Beside the tests it is a tool for whoever changes a screen:

    npx vite build --config ../tests/browser/preview/vite.config.mjs --outDir DIST      (in client_web)
    PYTHONPATH=tests python tests/browser/preview/look.py DIST SHOTS AXE_MIN_JS
"""

from __future__ import annotations

import functools
import http.server
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Error, Page, ViewportSize, expect, sync_playwright

from browser import dicom_files
from browser.chromium import HEADLESS
from inscope_server.web.headers import HEADERS

VIOLATIONS = """async () => (await axe.run({ resultTypes: ['violations'] })).violations
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3)
        .map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join(' | '))"""
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
# A camera of Chromium's own, allowed without a question.
ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
THREAD = "thr_" + "1".rjust(22, "A")


def thread(n: int) -> str:
    return f"thr_{str(n).rjust(22, 'A')}"


class Served(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(folder: Path) -> str:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Served, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def button(page: Page, name: str, nth: int = 0) -> None:
    page.get_by_role("button", name=name).nth(nth).click()


def pick(page: Page, label: str, query: str, name: str) -> None:
    page.get_by_label(label).fill(query)
    page.get_by_role("button", name=name).first.click()


def recording(page: Page) -> None:
    button(page, "Consents")
    button(page, "Record a consent")


def consent_filled(page: Page) -> None:
    recording(page)
    button(page, "Agreed")
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    page.get_by_label("Add a person, team").fill("hand")
    button(page, "Hand surgery on call")


def sheet_chosen(page: Page) -> None:
    recording(page)
    page.get_by_label("Information sheet explained").select_option(label="العربية, Arabic")
    page.get_by_role("button", name="Show to the patient").wait_for()


def sheet_shown(page: Page) -> None:
    sheet_chosen(page)
    button(page, "Show to the patient")


def to_picture(page: Page) -> None:
    button(page, "Attach an image")
    page.get_by_text("The consent covers all 3 people").wait_for()
    button(page, "Next: picture")
    button(page, "Use the sample picture")
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Part of the body").fill("forearm")


def undescribed(page: Page) -> None:
    button(page, "Attach an image")
    page.get_by_text("The consent covers all 3 people").wait_for()
    button(page, "Next: picture")
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
    button(page, "Attach an image")
    page.get_by_text("The consent covers all 3 people").wait_for()
    button(page, "Next: picture")
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
    button(page, "Attach an image")
    page.get_by_text("The consent covers all 3 people").wait_for()
    button(page, "Next: picture")
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


def series_check(page: Page) -> None:
    series(page)
    button(page, "Next: check")


def denied_check(page: Page) -> None:
    to_picture(page)
    page.get_by_label("Document").check()
    button(page, "Next: check")
    page.get_by_text("cannot go here").wait_for()


def adding(page: Page) -> None:
    button(page, "Add people")
    pick(page, "Whom?", "johan", "Johanna")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Not added yet").wait_for()


def widening(page: Page) -> None:
    adding(page)
    button(page, "Ask the patient for a wider consent")
    page.get_by_text("Let the patient scan this").wait_for()


def widened(page: Page) -> None:
    widening(page)
    page.evaluate("window.madeUp.settleQuestions('agreed')")


def widening_by_hand(page: Page) -> None:
    widening(page)
    button(page, "The patient has told me already")
    button(page, "Agreed")


def asked(page: Page) -> None:
    recording(page)
    button(page, "They answer on their phone")
    page.get_by_label("Radiograph (x-ray)").check()
    page.get_by_label("Patient’s name").fill("Mr Test Patient")
    button(page, "Show it to the patient")
    page.get_by_text("Let the patient scan this").wait_for()


def answered_for(page: Page) -> None:
    consent_filled(page)
    page.get_by_label("Who agreed?").select_option("guardian")
    page.get_by_label("Name", exact=True).fill("Ms Test Parent")
    page.get_by_role("combobox", name="Interpreter").select_option("telephone")
    page.get_by_label("Name", exact=True).scroll_into_view_if_needed()


def emergency(page: Page) -> None:
    consent_filled(page)
    page.get_by_label("Who agreed?").select_option("emergency")
    page.get_by_text("Why could nobody be asked?").scroll_into_view_if_needed()


def emergency_begun(page: Page) -> None:
    recording(page)
    button(page, "Emergency: nobody can be asked")


def looking_back(page: Page) -> None:
    button(page, "Consents")
    button(page, "Link for the patient")
    page.get_by_text("Tell the patient:").wait_for()


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


def asking_when_able(page: Page) -> None:
    button(page, "Ask now")
    page.get_by_text("Let the patient scan this").wait_for()


def emergency_reviewed(page: Page) -> None:
    page.evaluate(
        "window.madeUp.reviews = [{ person: window.madeUp.person('per_AAAAAAAAAAAAAAAAAAAAA3'), at: Date.now(),"
        " outcome: 'follow_up' }]"
    )
    button(page, "Consents")
    page.get_by_text("Reviewed by").wait_for()


def viewed(page: Page) -> None:
    button(page, "Open")
    expect(page.get_by_text("Opening…")).to_have_count(0)


def previewed(page: Page) -> None:
    """On a slow line, a picture of 1.2 MB: its preview is there."""
    page.evaluate("window.madeUp.enlarge(window.madeUp.images[0].disclosure); window.madeUp.slow = 30_000")
    viewed(page)
    expect(page.get_by_text("Preview only: fine detail is missing.")).to_be_visible()


def full_on_its_way(page: Page) -> None:
    previewed(page)
    button(page, "Show the full picture")
    page.wait_for_timeout(2_500)


def seen_twice(page: Page) -> None:
    page.evaluate("window.madeUp.enlarge(window.madeUp.images[0].disclosure)")
    button(page, "Who has seen it")
    expect(page.get_by_text("Opened the preview")).to_be_visible()


def zoomed(page: Page) -> None:
    viewed(page)
    for _ in range(3):
        button(page, "Zoom in")


def away(page: Page) -> None:
    viewed(page)
    page.evaluate("window.dispatchEvent(new Event('blur'))")


def series_viewed(page: Page) -> None:
    """The second of three has been opened as well, and the first is looked at again."""
    viewed(page)
    button(page, "Picture 2")
    expect(page.get_by_text("Opening…")).to_have_count(0)
    button(page, "Picture 1")


def compared(page: Page) -> None:
    series_viewed(page)
    button(page, "Compare")
    expect(page.locator("section canvas")).to_have_count(2)
    button(page, "Together")
    button(page, "Zoom in")


def marked(page: Page) -> None:
    """The third picture, on which two colleagues have drawn."""
    button(page, "Open", 2)
    expect(page.get_by_role("group", name="Marks by")).to_be_visible()


def drawn(page: Page) -> None:
    """An arrow by pointer, and words for it."""
    marked(page)
    button(page, "Draw")
    box = page.get_by_role("application").bounding_box() or {}
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.75)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.6)
    page.mouse.up()
    page.get_by_label("Words at the last mark").fill("satellite")


def drawn_by_key(page: Page) -> None:
    marked(page)
    button(page, "Draw")
    button(page, "Line")
    page.get_by_role("application").focus()
    for key in ("ArrowUp", "Enter", *("Shift+ArrowRight",) * 2, "ArrowDown"):
        page.keyboard.press(key)


def told_in_the_log(page: Page) -> None:
    drawn(page)
    button(page, "Send marks")
    expect(page.get_by_role("group", name="Draw on the picture")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_text("Drew on").scroll_into_view_if_needed()


def ended(page: Page) -> None:
    viewed(page)
    page.evaluate("window.madeUp.endViewing('consent_not_current')")
    page.get_by_text("The image was closed").wait_for()


def to_another_patient(page: Page) -> None:
    button(page, "Forward")
    page.get_by_role("radio", name="Ankle, bed 3").check()
    page.get_by_text("That thread is about").scroll_into_view_if_needed()


def recognised(number: int) -> Callable[[Page], None]:
    """The picture that was open in the first thread, attached in another."""

    def act(page: Page) -> None:
        viewed(page)
        page.wait_for_function("window.madeUp.remembered === 1")
        shot = page.screenshot()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
        page.evaluate(f"location.hash = '#/thread/{thread(number)}'")
        button(page, "Attach an image")
        button(page, "Next: picture")
        page.get_by_label("Picture file").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": shot})
        page.get_by_role("group", name="Is it another picture?").wait_for()

    return act


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


def alarmed(page: Page) -> None:
    page.evaluate("window.madeUp.raiseAlarm('log_split')")


def devices_listed(page: Page) -> None:
    page.get_by_role("button", name="Forget this device").wait_for()


def revoking(page: Page) -> None:
    devices_listed(page)
    button(page, "Revoke: Phone")


def nothing(_: Page) -> None:
    pass


def press(name: str) -> Callable[[Page], None]:
    return lambda page: button(page, name)


def refusing(page: Page) -> None:
    recording(page)
    button(page, "Refused")


def filing(page: Page) -> None:
    button(page, "File in the record")
    page.get_by_role("dialog").get_by_text("Advice that goes with it").wait_for()


def filing_under_way(page: Page) -> None:
    filing(page)
    page.get_by_role("dialog").get_by_role("button", name="File in the record").click()
    page.get_by_text("Filing…").scroll_into_view_if_needed()


FILED = "{organisationName: 'Base Hospital', at: Date.now()}"
NOT_FILED = "{state: 'failed', failure: {code: 'image_mismatch', message: '', remedy: '', reasons: []}}"


def settled(change: str) -> Callable[[Page], None]:
    """The first image of the thread, once its filing has come out so."""

    def act(page: Page) -> None:
        first = "window.madeUp.messages(location.hash.split('/')[2])"
        image = f"{first}.flatMap((one) => one.body.images ?? [])[0].disclosure"
        page.evaluate(f"window.madeUp.settleFiling({image}, {change})")
        page.get_by_role("figure").first.scroll_into_view_if_needed()

    return act


def not_to_be_filed(page: Page) -> None:
    page.evaluate("window.madeUp.notFiled = [{code: 'record_not_covered', who: null, remedy: 'ask_patient'}]")
    button(page, "File in the record")
    page.get_by_text("It cannot be filed there.").wait_for()


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


REFUSED_DRAFT = """{failure: {code: 'denied', message: '', remedy: 'see_reasons', reasons: [
    {code: 'person_not_covered', who: window.madeUp.people().sam, remedy: 'ask_patient_or_remove'}]}}"""
IN = f"?status=ready#/thread/{THREAD}"
SERIES = f"?status=ready#/thread/{thread(9)}"
ADMINISTRATOR = "?status=ready&administers#/administration"
EMERGENCY, OFFICER = f"?status=ready#/thread/{thread(7)}", "?status=ready&emergencies=6#/reviews"
SCREENS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "01-invitation": ("?status=new#/invitation/abc.def", enrolling),
    "02-invitation-used": ("?status=new#/invitation/used.def", nothing),
    "03-waiting": ("?status=new#/invitation/abc.def", waiting),
    "04-no-invitation": ("?status=new", nothing),
    "05-unlock": ("?status=locked", bad_passphrase),
    "05-unlock-waits": ("?status=locked&waits=44000", nothing),
    "05-revoked": ("?status=new&revoked", nothing),
    "06-threads": ("?status=ready#/threads", nothing),
    "06-threads-officer": (OFFICER.replace("reviews", "threads"), nothing),
    "07-offline": ("?status=ready#/threads", offline),
    "08-new-thread": ("?status=ready#/new", new_thread),
    "09-settings": ("?status=ready#/settings", nothing),
    "09-devices": ("?status=ready#/devices", devices_listed),
    "09-device-revoke": ("?status=ready#/devices", revoking),
    "10-thread": (IN, nothing),
    "11-thread-social": (f"?status=ready#/thread/{thread(2)}", nothing),
    "12-thread-not-covered": (f"?status=ready#/thread/{thread(4)}", nothing),
    "13-thread-stopped": (f"?status=ready#/thread/{thread(6)}", nothing),
    "14-who": (IN, press("3 people see this")),
    "15-who-not-covered": (f"?status=ready#/thread/{thread(4)}", press("3 people see this")),
    "16-consents": (IN, press("Consents")),
    "17-consent-form": (f"?status=ready#/thread/{thread(5)}", consent_filled),
    "18-consent-refused": (f"?status=ready#/thread/{thread(5)}", refusing),
    "19-attach-consent": (IN, press("Attach an image")),
    "20-attach-none": (f"?status=ready#/thread/{thread(5)}", press("Attach an image")),
    "21-attach-picture": (IN, to_picture),
    "21-attach-undescribed": (IN, undescribed),
    "22-attach-check": (IN, to_check),
    "22-attach-line-lost": (IN.replace("?status", "?poor&status"), line_lost),
    "22-draft-waiting": (IN, drafted("{}")),
    "22-draft-sending": (IN, drafted("{transfer: {done: 209600, total: 524000, waits: null, held: false}}")),
    "22-draft-sent": (IN, drafted("{stoppable: false}")),
    "22-draft-refused": (IN, drafted(REFUSED_DRAFT)),
    "22-draft-ended": (IN, drafted("{failure: {code: 'draft_ended', message: '', remedy: '', reasons: []}}")),
    "22-draft-elsewhere": (IN, sent_elsewhere),
    "23-attach-denied": (IN, denied_check),
    "23-attach-recognised": (IN, recognised(7)),
    "24-viewer": (IN, viewed),
    "25-viewer-zoomed": (IN, zoomed),
    "26-viewer-away": (IN, away),
    "27-forward": (IN, press("Forward")),
    "28-seen": (IN, press("Who has seen it")),
    "29-add-denied": (IN, adding),
    "30-widen": (IN, widening),
    "31-take-out": (IN, press("Take it out")),
    "32-sheet-chosen": (f"?status=ready#/thread/{thread(5)}", sheet_chosen),
    "33-sheet": (f"?status=ready#/thread/{thread(5)}", sheet_shown),
    "34-log-alarm": (IN, alarmed),
    "35-asked": (f"?status=ready#/thread/{thread(5)}", asked),
    "36-widened": (IN, widened),
    "37-widen-by-hand": (IN, widening_by_hand),
    "38-guardian": (f"?status=ready#/thread/{thread(5)}", answered_for),
    "39-emergency": (f"?status=ready#/thread/{thread(5)}", emergency),
    "39-emergency-begun": (f"?status=ready#/thread/{thread(5)}", emergency_begun),
    "41-attach-checklist": (IN, to_checklist),
    "42-hiding": (IN, hiding),
    "40-look-back": (IN, looking_back),
    "43-camera": (IN, to_camera),
    "44-photographed": (IN, photographed),
    "45-no-camera": (IN, no_camera),
    "46-unanswered": (EMERGENCY, nothing),
    "47-unanswered-consent": (EMERGENCY, press("Consents")),
    "47-unanswered-who": (EMERGENCY, press("2 people see this")),
    "47-unanswered-attach": (EMERGENCY, press("Attach an image")),
    "48-ask-when-able": (EMERGENCY, asking_when_able),
    "49-emergency-reviewed": (EMERGENCY, emergency_reviewed),
    "50-reviews": (OFFICER, waiting_emergencies),
    "51-reviews-all": (OFFICER, all_emergencies),
    "52-review-one": (OFFICER, finding),
    "53-reviewed": (OFFICER, found),
    "54-review-own": (OFFICER, own_emergency),
    "55-reviews-none": ("?status=ready&emergencies=0#/reviews", no_emergency),
    "56-officers-settings": ("?status=ready&emergencies=0#/settings", nothing),
    "56-administration": (ADMINISTRATOR, staff_listed),
    "56-administration-both": (OFFICER.replace("reviews", "threads").replace("status", "administers&status"), nothing),
    "56-administration-settings": (ADMINISTRATOR.replace("#/administration", "#/settings"), nothing),
    "56-administration-member": (ADMINISTRATOR, member_shown("Dr Lin")),
    "56-administration-member-commands": (ADMINISTRATOR, commands_shown),
    "56-administration-waiting": (ADMINISTRATOR, member_shown("Dr Zoe")),
    "56-administration-revoke": (ADMINISTRATOR, ending_a_device),
    "56-administration-denied": (ADMINISTRATOR, denials_shown),
    "56-administration-denied-one-by-one": (ADMINISTRATOR, denials_one_by_one),
    "56-administration-none-denied": (ADMINISTRATOR, nothing_denied),
    "56-administration-log": (ADMINISTRATOR, log_checked),
    "57-viewer-ended": (IN, ended),
    "58-series": (IN, series),
    "59-series-check": (IN, series_check),
    "60-forward-to-another-patient": (IN, to_another_patient),
    "61-file": (IN, filing),
    "62-filing": (IN, filing_under_way),
    "63-not-filed": (IN, settled(f"{{filing: {NOT_FILED}}}")),
    "64-filed": (IN, settled(f"{{state: 'destroyed', closedCode: 'filed', filed: {FILED}}}")),
    "65-filed-and-kept": (IN, settled(f"{{filed: {FILED}}}")),
    "66-file-not-covered": (IN, not_to_be_filed),
    "67-dicom-other-patient": (IN, to_dicom),
    "68-dicom-window": (IN, to_dicom_window),
    "69-dicom-taken": (IN, dicom_taken),
    "70-viewer-series": (SERIES, series_viewed),
    "71-viewer-compared": (SERIES, compared),
    "72-viewer-marks": (SERIES, marked),
    "73-viewer-drawing": (SERIES, drawn),
    "74-viewer-drawing-by-key": (SERIES, drawn_by_key),
    "75-marks-in-the-log": (SERIES, told_in_the_log),
    "76-preview": (IN, previewed),
    "77-preview-to-full": (IN, full_on_its_way),
    "78-preview-seen": (IN, seen_twice),
}


def look(
    page: Page,
    origin: str,
    name: str,
    path: str,
    act: Callable[[Page], None],
    axe: str,
    *others: Callable[[Page], None],
) -> list[str]:
    """What is wrong on this screen, and on it changed by each of `others`. `page` may have shown others before."""
    said: list[str] = []

    def complained(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    def failed(error: Error) -> None:
        said.append(str(error))

    page.on("console", complained)
    page.on("pageerror", failed)
    page.goto("about:blank")
    page.goto(f"{origin}/{path}")
    expect(page.get_by_text("Opening InScope…")).to_have_count(0)
    for change in (act, *others):
        change(page)
        page.wait_for_timeout(100 if page.evaluate("matchMedia('(prefers-reduced-motion)').matches") else 250)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            said.append("wider than the screen")
        if change is act:
            page.evaluate(axe)
        said += page.evaluate(VIOLATIONS)
    page.remove_listener("console", complained)
    page.remove_listener("pageerror", failed)
    return [f"{name}: {line}" for line in said]


def main(dist: Path, shots: Path, axe: Path, only: str = "") -> int:
    shots.mkdir(parents=True, exist_ok=True)
    origin, source, wrong = serve(dist), axe.read_text(), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=HEADLESS, args=ARGUMENTS)
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                for name, (path, act) in SCREENS.items():
                    if only not in f"{name}-{size}-{scheme}":
                        continue
                    viewport: ViewportSize = {"width": width, "height": height}
                    context = browser.new_context(viewport=viewport, color_scheme=scheme, has_touch=size == "phone")
                    context.set_default_timeout(5_000)
                    label = f"{name}-{size}-{scheme}"
                    page = context.new_page()
                    try:
                        wrong += look(page, origin, label, path, act, source)
                        page.screenshot(path=shots / f"{label}.png")
                    except Exception as error:
                        wrong.append(f"{label}: {str(error).splitlines()[0]} {str(error)[-300:]}")
                    context.close()
        browser.close()
    print("\n".join(wrong) or "Nothing to complain about.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else ""))
