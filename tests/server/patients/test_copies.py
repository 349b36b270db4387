"""The copy that a patient keeps: a PDF in each language, read back; who may have it, and where it cannot be written."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

import pypdfium2
import pytest

from inscope_server.config import ConfigError
from inscope_server.patients.kept_copy import Block, Document
from inscope_server.patients.pdf_page import CLOSING
from inscope_server.patients.typesetting import Typesetter
from inscope_server.patients.wording import Wording
from inscope_server.sheets.service import Sheets
from server.patients.test_looking_back import looking
from server.patients.test_waiting import answered as given
from server.patients.test_words import FILES
from world.patient import CODE, Patient, ask
from world.running import SHEETS

TYPESETTER = Typesetter("")


def letters(text: str) -> str:
    """Without marks, spaces and forms of letters, which readers of PDF tell apart in their own ways."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in plain if unicodedata.category(sign)[0] in "LN")


def words_of(text: str) -> list[str]:
    """But Arabic words with marks of vowels: a reader of PDF guesses where those marks belong, and parts the word."""
    read_whole = [word for word in text.split() if not re.search("[\u064b-\u0652]", word)]
    return [word for word in map(letters, read_whole) if word]


@cache
def read(pdf: bytes) -> str:
    assert pdf.startswith(b"%PDF-")
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def missing(expected: str, pdf: bytes) -> list[str]:
    said = letters(read(pdf))
    return [word for word in words_of(expected) if word not in said]


def sheet(language: str) -> Any:
    return Sheets(str(SHEETS)).find("clinical-images", "1", language)


async def answered(intern, specialist, patient, language: str = "en") -> Any:
    """The page after a yes."""
    _, link, put = await ask(intern, [intern.me, specialist.me])
    assert put.status == 200, put
    await patient.open(link)
    return await patient.send(f"/patient?language={language}", ("answer", "all"))


@pytest.mark.parametrize("language", FILES)
async def test_what_was_agreed_to_is_written_in_each_language(intern, specialist, patient, language):
    page, words, told = await answered(intern, specialist, patient, language), FILES[language], sheet(language)
    (link,) = page.links
    copy = await patient.send(f"/patient/copy.pdf?language={language}")
    assert (copy.status, copy.headers["Content-Type"]) == (200, "application/pdf")
    for key in ("copy_title", "copy_name", "agreed_to", "what_for", "purpose_teaching", "kind_radiograph",
                "sensitive_intimate", "copy_by_you", "copy_change_how", "copy_made_since"):  # fmt: skip
        assert missing(words[key], copy.body) == [], key
    for name in ("Ines Moreau", "Riverbend Hospital", "Samuel Okafor", "Coastal Orthopaedics", told.text):
        assert missing(name, copy.body) == [], name
    assert letters(link) in letters(read(copy.body))
    for section in told.content.sections:
        assert missing(section.text, copy.body) == [], section.topic
    with pypdfium2.PdfDocument(copy.body) as document:
        assert document.get_metadata_value("Title") == words["copy_title"]
    assert f"/Lang ({language})".encode() in copy.body


async def test_it_is_not_kept_on_the_way_and_comes_as_a_file(intern, specialist, patient):
    await answered(intern, specialist, patient)
    copy = await patient.send("/patient/copy.pdf")
    assert copy.headers["Cache-Control"] == "no-store"
    assert copy.headers["Content-Disposition"] == 'attachment; filename="consent.pdf"'
    assert missing("Samuel Okafor", copy.body) == []


async def test_looking_back_has_it_as_it_stands(story, intern, specialist, patient):
    scope = intern.scope([intern.me, specialist.me], purposes=("direct-care-advice", "teaching"))
    assert (await intern.record(scope)).status == 200
    page = await looking(patient, intern, scope)
    assert 'href="/patient/look/copy.pdf?language=en"' in page.text
    copy = await patient.get("/patient/look/copy.pdf?language=fr")
    assert (copy.status, copy.headers["Cache-Control"]) == (200, "no-store")
    assert missing(f"{FILES['fr']['purpose_teaching']} {scope.consent} Ines Moreau", copy.body) == []
    fewer = (("version", 1), ("purpose", 0), ("recipient", 0), ("recipient", 1), ("kind", 0))
    await patient.send("/patient/look/less", *fewer)
    after = await patient.get("/patient/look/copy.pdf?language=fr")
    assert missing(FILES["fr"]["copy_by_you"], after.body) == []
    assert missing(FILES["fr"]["purpose_teaching"], after.body) != []


async def test_it_says_that_a_yes_is_not_in_use_yet_until_it_is(story, intern, specialist, patient):
    words = Wording("UTC").of("en")
    _, scope, _ = await given(intern, patient, intern.me, specialist.me)
    at, until = scope.valid_from, words.date(scope.valid_until - 1)
    waits = [words.plain("waiting", time=words.time(at)), words.plain("until", date=until)]
    stands = words.plain("state_given", date=words.date(at), until=until)
    copy = await patient.send("/patient/copy.pdf")
    assert [letters(one) in letters(read(copy.body)) for one in (*waits, stands)] == [True, True, False]
    assert (await intern.record(scope)).status == 200
    copy = await patient.send("/patient/copy.pdf")
    assert [letters(one) in letters(read(copy.body)) for one in (*waits, stands)] == [False, False, True]
    assert missing("Who asked Ines Moreau Samuel Okafor", copy.body) == []


async def test_what_was_taken_back_has_no_copy(intern, patient):
    _, _, page = await given(intern, patient, intern.me)
    await patient.send("/patient/take-back?language=en")
    assert (await patient.send("/patient/copy.pdf")).status == 404
    await patient.get(page.links[0])
    look = await patient.send("/patient/look/code?language=en", ("code", CODE))
    assert "Nothing is in use here" in look.text
    assert "copy.pdf" not in look.text and FILES["en"]["no_pdf"] not in look.text
    assert (await patient.get("/patient/look/copy.pdf")).status == 404


async def test_what_stands_on_another_answer_is_not_in_the_copy_of_this_one(story, intern, specialist, patient):
    _, scope, _ = await given(intern, patient, intern.me)
    assert (await intern.record(scope)).status == 200
    other = Patient(story.running)
    _, wider, _ = await given(intern, other, intern.me, specialist.me, before=scope)
    assert (await patient.send("/patient/copy.pdf")).status == 200
    assert (await intern.record(wider)).status == 200
    assert (await patient.send("/patient/copy.pdf")).status == 404
    assert missing("Samuel Okafor", (await other.send("/patient/copy.pdf")).body) == []
    await other.close()


async def test_looking_back_has_a_yes_that_waits(intern, specialist, patient):
    _, scope, page = await given(intern, patient, intern.me, specialist.me)
    await patient.get(page.links[0])
    await patient.send("/patient/look/code?language=en", ("code", CODE))
    copy = await patient.get("/patient/look/copy.pdf?language=en")
    assert letters("It is not in use yet") in letters(read(copy.body))
    assert missing(f"Your newest answer Samuel Okafor {scope.taken.sheet.text}", copy.body) == []


async def test_it_names_only_whom_the_giver_of_the_link_sees(story, intern, specialist, patient):
    await answered(intern, specialist, patient)
    await story.riverbend.know()
    copy = await patient.send("/patient/copy.pdf")
    assert missing("Ines Moreau", copy.body) == [] and missing("Okafor", copy.body) == ["Okafor"]
    scope = intern.scope([intern.me, specialist.me])
    assert (await intern.record(scope)).status == 200
    await looking(patient, intern, scope)
    copy = await patient.get("/patient/look/copy.pdf")
    assert missing("Ines Moreau", copy.body) == [] and missing("Okafor", copy.body) == ["Okafor"]


async def test_nobody_else_and_nobody_later_gets_it(story, intern, specialist, patient):
    nobody = [await patient.send("/patient/copy.pdf"), await patient.get("/patient/look/copy.pdf")]
    scope = intern.scope([intern.me, specialist.me])
    assert (await intern.record(scope)).status == 200
    await answered(intern, specialist, patient)
    await looking(patient, intern, scope)
    assert (await patient.send("/patient/copy.pdf")).status == 200
    assert (await patient.get("/patient/look/copy.pdf")).status == 200
    story.running.clock.advance(30 * 60 * 1000)
    later = [await patient.send("/patient/copy.pdf"), await patient.get("/patient/look/copy.pdf")]
    assert {(one.status, one.text) for one in [*nobody, *later]} == {(404, nobody[0].text)}


async def test_before_the_code_there_is_none(story, intern, specialist, patient):
    scope = intern.scope([intern.me, specialist.me])
    assert (await intern.record(scope)).status == 200
    answer = await intern.call("POST", f"/api/consents/{scope.consent}/look-back", {"code": "482913"})
    await patient.get(f"/patient/look/{answer.data['token']}")
    assert (await patient.get("/patient/look/copy.pdf")).status == 404


async def test_a_no_has_no_copy(intern, specialist, patient):
    _, link, _ = await ask(intern, [intern.me, specialist.me])
    await patient.open(link)
    page = await patient.send("/patient?language=en", ("answer", "no"))
    assert "copy.pdf" not in page.text and FILES["en"]["no_pdf"] not in page.text
    assert (await patient.send("/patient/copy.pdf")).status == 404


async def test_where_a_name_cannot_be_written_the_page_says_so_and_offers_print(story, intern, patient):
    strange = await story.device(story.coastal, "สมชาย ใจดี", ("orthopaedic-surgeon",))
    page = await answered(intern, strange, patient)
    assert FILES["en"]["no_pdf"] in page.text and FILES["en"]["print"] in page.text
    assert "copy.pdf" not in page.text
    assert (await patient.send("/patient/copy.pdf")).status == 404


async def test_making_it_again_and_again_is_slowed(intern, specialist, patient):
    await answered(intern, specialist, patient)
    status = [(await patient.send("/patient/copy.pdf")).status for _ in range(8)]
    assert (status[:3], 429 in status) == ([200, 200, 200], True)


def written(text: str, direction: str = "ltr", language: str = "en") -> bytes:
    return TYPESETTER.write(Document("A title", language, direction, 0, (Block("text", text, direction),)))


def test_what_no_line_has_room_for_breaks_and_nothing_of_it_is_lost() -> None:
    address = "https://inscope.example/patient/look/" + "Ab-_9" * 60
    assert letters(read(written(address))) == letters(address + "1")


def test_no_line_begins_with_a_mark_that_closes() -> None:
    text = "图像经过加密，只有您同意的人才能打开。" * 30
    lines = re.split(r"\s*\n", read(written(text, language="zh-Hans")))
    assert len(lines) > 5
    assert [line for line in lines if line.startswith(tuple(CLOSING))] == []


def test_names_in_other_scripts_are_all_there_whatever_surrounds_them() -> None:
    text = "د. ليلى حداد · Dr Nguyễn Thị Hạnh · 王小明医院 (مستشفى)"
    for direction in ("ltr", "rtl"):
        assert missing(text, written(text, direction)) == [], direction


def test_a_sign_that_no_font_has_is_known_beforehand() -> None:
    for text, can in (("Ines", True), ("ليلى", True), ("王小明", True), ("สมชาย", False), ("ליאת", False)):
        assert TYPESETTER.can_write(Document("", "en", "ltr", 0, (Block("text", text, "ltr"),))) is can, text


@pytest.mark.parametrize("held", [None, b"not a font"])
def test_a_font_that_cannot_be_read_is_told_before_anything_starts(tmp_path, held) -> None:
    path = tmp_path / "font.ttf"
    if held is not None:
        path.write_bytes(held)
    with pytest.raises(ConfigError, match="pdf_font_file"):
        Typesetter(str(path))
