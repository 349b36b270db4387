"""Several pictures in one message: what each of them shows is said of each; with made-up data."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.preview.hands import button
from browser.screens import at_thread, prepared, with_metadata
from browser.test_attaching import give
from browser.test_dicom_screens import picture_of

XRAYS_ONLY = """async () => {
    const [{ consent, record, scope }] = window.madeUp.consents()
    await window.madeUp.amendConsent(consent, {
        ...scope, ...scope.taken, record, deidentifiedOnly: false, noOnwardSharing: false, imageKinds: ['radiograph'],
        sensitive: [], validFrom: scope.valid_from, validUntil: scope.valid_until,
    })
}"""

SLOWLY = """() => {
    const { madeUp } = window, recognise = madeUp.recognise.bind(madeUp)
    madeUp.recognise = async (grey) => { await new Promise((done) => setTimeout(done, 300)); return recognise(grey) }
}"""


def choosing(page: Page, origin: str) -> None:
    at_thread(page, origin)
    button(page, "Attach an image")
    button(page, "Next: picture")
    page.get_by_role("button", name="Choose a file").wait_for()


def undescribed(page: Page) -> None:
    """Nothing is said of the picture that is looked at."""
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    expect(page.get_by_label("Part of the body")).to_have_value("")
    expect(page.get_by_label("Side")).to_have_value("")


def test_what_a_picture_shows_is_asked_of_each(page: Page, origin: str) -> None:
    choosing(page, origin)
    give(page, "paste", *[with_metadata()] * 3)
    following = page.get_by_role("button", name="Next: check")
    expect(following).to_have_accessible_description("Still to say: what pictures 1, 2 and 3 are.")
    page.get_by_role("radio", name="Photograph").check()
    page.get_by_label("Part of the body").fill("hand")
    page.get_by_label("Side").select_option("left")
    button(page, "Picture 2, not described yet")
    undescribed(page)
    button(page, "Picture 3, not described yet")
    undescribed(page)
    expect(following).to_be_disabled()
    expect(following).to_have_accessible_description("Still to say: what pictures 2 and 3 are.")


def test_what_is_said_while_others_still_come_is_said_of_the_one_that_is_shown(page: Page, origin: str) -> None:
    choosing(page, origin)
    page.evaluate(SLOWLY)
    give(page, "paste", *[with_metadata()] * 6)
    page.get_by_role("radio", name="Radiograph").check()
    page.get_by_label("Part of the body").fill("leg")
    expect(page.get_by_role("button", name="Picture 6, not described yet")).to_be_visible()
    expect(page.get_by_role("radio", name="Radiograph")).to_be_checked()
    expect(page.get_by_label("Part of the body")).to_have_value("leg")
    for number in range(2, 7):
        button(page, f"Picture {number}, not described yet")
        undescribed(page)


def test_the_same_is_said_by_one_press_and_can_be_changed(page: Page, origin: str) -> None:
    choosing(page, origin)
    give(page, "paste", *[with_metadata()] * 3)
    page.get_by_role("radio", name="Radiograph").check()
    page.get_by_label("Part of the body").fill("leg")
    page.get_by_label("Side").select_option("right")
    button(page, "Picture 2, not described yet")
    same = page.get_by_role("button", name="The same as picture 1: Radiograph, leg, right")
    same.focus()
    page.keyboard.press("Enter")
    expect(same).to_have_count(0)
    expect(page.get_by_role("radio", name="Radiograph")).to_be_focused()
    expect(page.get_by_role("radio", name="Radiograph")).to_be_checked()
    page.get_by_label("Side").select_option("left")
    button(page, "Picture 3, not described yet")
    button(page, "The same as picture 2: Radiograph, leg, left")
    button(page, "Next: check")
    button(page, "Send 3 images")
    expect(page.get_by_role("dialog")).to_have_count(0)
    said = page.evaluate("window.madeUp.series.map(({ bodySite, laterality }) => [bodySite, laterality])")
    assert said == [["leg", "right"], ["leg", "left"], ["leg", "left"]]


def test_what_is_delicate_is_named_in_the_offer(page: Page, origin: str) -> None:
    choosing(page, origin)
    give(page, "paste", *[with_metadata()] * 2)
    page.get_by_role("radio", name="Photograph").check()
    page.get_by_label("Pictures that show who it is").check()
    button(page, "Picture 2, not described yet")
    expect(page.get_by_label("Pictures that show who it is")).not_to_be_checked()
    button(page, "The same as picture 1: Photograph, shows who it is")
    expect(page.get_by_label("Pictures that show who it is")).to_be_checked()


def test_what_a_dicom_file_proposes_holds_for_its_own_picture(page: Page, origin: str) -> None:
    choosing(page, origin)
    page.get_by_label("Picture file").set_input_files(
        {"name": "x.dcm", "mimeType": "application/dicom", "buffer": picture_of("SOMEBODY^ELSE")}
    )
    page.get_by_label("it is the same patient").check()
    button(page, "Use it like this")
    expect(page.get_by_label("Scan (CT, MRI, ultrasound)")).to_be_checked()
    give(page, "paste", with_metadata())
    expect(page.get_by_role("button", name="Picture 2, not described yet")).to_be_visible()
    undescribed(page)
    expect(page.get_by_role("button", name="Next: check")).to_be_disabled()


def test_a_consent_to_one_kind_says_nothing_of_a_picture(page: Page, origin: str) -> None:
    """A photograph that follows an x-ray is refused under a consent to x-rays, once it is said to be one."""
    choosing(page, origin)
    page.evaluate(XRAYS_ONLY)
    give(page, "paste", with_metadata(), with_metadata())
    undescribed(page)
    expect(page.get_by_role("button", name="Next: check")).to_be_disabled()
    page.get_by_role("radio", name="Radiograph").check()
    button(page, "Picture 2, not described yet")
    page.get_by_role("radio", name="Photograph").check()
    button(page, "Next: check")
    expect(page.get_by_text("Picture 2 cannot go here under this consent.")).to_be_visible()
    expect(page.get_by_role("button", name="Send 2 images")).to_be_disabled()
    button(page, "Back")
    button(page, "Take this picture out")
    button(page, "Next: check")
    button(page, "Send image")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert prepared(page)[1]["kind"] == "radiograph"
