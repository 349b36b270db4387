"""What is drawn on a shared image: who sees it, whose it is, and that it goes with the image (SPEC S7.11, S12.4)."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pytest

from scenarios.hospital import Hospital
from scenarios.test_filing import gateway, meet, shared
from world.session import Failed, Session

__all__ = ["gateway"]
ARROW = {"kind": "arrow", "start": {"x": 10, "y": 20}, "end": {"x": 450, "y": 600}, "text": "cortex \u00fc"}
LINE = {"kind": "line", "start": {"x": 0, "y": 0}, "end": {"x": 30, "y": 40}}
WORDS = {"kind": "words", "at": {"x": 5, "y": 6}, "text": "CANARY-WORDS"}
SPACING = {"row": 200_000, "column": 200_000}
IN_WORDS = (
    "Drawn on the image, in pixels across and down from its upper left corner:\n"
    "Arrow to 450, 600: cortex \u00fc\nLine from 0, 0 to 30, 40: 50 pixels, 10.0 mm"
)


async def layers(session: Session, thread: str, disclosure: str) -> list[tuple[str, Any]]:
    return [(one["person"]["name"], one["marks"]) for one in await session.annotations(thread, disclosure)]


async def heard(session: Session, thread: str, count: int) -> None:
    await session.wait(thread=thread, annotations=count)


async def drawn_on(hospital: Hospital, intern: Session, specialist: Session) -> tuple[str, str, str]:
    """(thread, consent, disclosure): both have drawn on one image."""
    hospital.xray = lambda **changes: Hospital.xray(hospital, pixelSpacing=SPACING, **changes)  # type: ignore[method-assign]
    thread, consent, disclosure = await shared(hospital, intern, specialist)
    await specialist.annotate(thread, disclosure, [ARROW, LINE])
    await heard(intern, thread, 1)
    await intern.annotate(thread, disclosure, [WORDS])
    await heard(specialist, thread, 2)
    return thread, consent, disclosure


async def test_each_ones_newest_marks_are_seen_by_all(hospital, intern, specialist):
    thread, _, disclosure = await drawn_on(hospital, intern, specialist)
    for one in (intern, specialist):
        assert sorted(await layers(one, thread, disclosure)) == [
            ("Ines Moreau", [WORDS]), ("Samuel Okafor", [ARROW, LINE]),
        ]  # fmt: skip
    await specialist.annotate(thread, disclosure, [LINE])
    await heard(intern, thread, 3)
    assert ("Samuel Okafor", [LINE]) in await layers(intern, thread, disclosure)
    await specialist.annotate(thread, disclosure, [])
    await heard(intern, thread, 4)
    assert await layers(intern, thread, disclosure) == [("Ines Moreau", [WORDS])]


async def test_what_is_out_of_bounds_is_not_sent(hospital, intern, specialist):
    thread, _, disclosure = await shared(hospital, intern, specialist)
    many = [{**WORDS, "at": {"x": n, "y": 0}} for n in range(25)]
    for marks in (many, [{**WORDS, "text": "x" * 81}], [{**LINE, "end": {"x": 16_385, "y": 0}}]):
        with pytest.raises(Failed, match="malformed"):
            await intern.annotate(thread, disclosure, marks)
    assert await layers(intern, thread, disclosure) == []


async def test_marks_go_when_the_consent_is_withdrawn(hospital, intern, specialist):
    thread, consent, disclosure = await drawn_on(hospital, intern, specialist)
    await intern.withdrawConsent(consent)
    for one in (intern, specialist):
        await one.wait(thread=thread, disclosure=disclosure, state="destroyed")
        assert await layers(one, thread, disclosure) == []
        bodies = [message["body"] for message in await one.messages(thread)]
        assert [body["marks"] for body in bodies if body["kind"] == "annotation"] == [[], []]
        assert "CANARY-WORDS" not in str(bodies)
        with pytest.raises(Failed, match="disclosure_closed"):
            await one.annotate(thread, disclosure, [WORDS])


async def test_marks_on_another_threads_image_are_not_kept(hospital, intern, specialist, colleague):
    """The colleague is in the other thread alone, and learns nothing of the image by being told what is drawn on it."""
    _, _, disclosure = await drawn_on(hospital, intern, specialist)
    other = await intern.createThread("case", "direct-care-advice", "Other", [colleague.person])
    await colleague.wait(thread=other)
    with pytest.raises(Failed, match="not_found"):
        await intern.annotate(other, disclosure, [WORDS])
    assert await layers(intern, other, disclosure) == []


async def test_marks_are_filed_as_their_authors_advice_in_words(hospital, intern, specialist, gateway):
    thread, _, disclosure = await drawn_on(hospital, intern, specialist)
    await specialist.annotate(thread, disclosure, [ARROW])
    await specialist.annotate(thread, disclosure, [ARROW, LINE])
    await heard(intern, thread, 4)
    await meet(intern)
    offer = await intern.recordOffer(thread, disclosure)
    assert len(offer["followed"]) == 3, "a text, and the newest marks of each"
    await intern.file(thread, disclosure, offer["followed"])
    assert await gateway.round()
    filed = {one["text"]: one for one in gateway.record()["advice"]}
    assert (filed[IN_WORDS]["name"], filed[IN_WORDS]["signed"] is not None) == (
        "Samuel Okafor, Coastal Orthopaedics", True,
    )  # fmt: skip
    (folder,) = gateway.filed()
    with pypdfium2.PdfDocument(folder / "document.pdf") as document:
        pictures = [one for page in document for one in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])]
        said = "".join(page.get_textpage().get_text_range() for page in document)
    assert len(pictures) == 3, "as it is, and with the marks of each"
    for label in ("cortex ü", "50 pixels, 10.0 mm", "CANARY-WORDS"):
        assert said.count(label) == 2, f"{label}: in the words, and beside its mark"
    await intern.wait(thread=thread, disclosure=disclosure, state="destroyed")
