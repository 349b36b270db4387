"""The words of the patients' pages: the same in every language, each of them used, and dates as readers write them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from inscope_protocol.types import ImageKind, Purpose, Sensitivity
from inscope_server.patients import pages
from inscope_server.patients.shown import PROMISES
from inscope_server.patients.wording import Wording
from inscope_server.sheets.service import Sheets
from world.patient import ask
from world.running import SHEETS

PATIENTS = Path(pages.__file__).parent
TEMPLATES = PATIENTS.parent / "templates"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((PATIENTS / "words").glob("*.json"))}
ENGLISH = FILES["en"]
NOON = 1_764_072_300_000
"""2025-11-25 12:05 UTC."""


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{([^}]*)\}", text))


def used() -> Iterator[str]:
    """Named in a template or a page as itself, or by what it is about."""
    for template in TEMPLATES.glob("patient*.html"):
        yield from re.findall(r"words\.(?!filled|language|direction|time\b)(\w+)", template.read_text("utf-8"))
    for path in [*TEMPLATES.glob("patient*.html"), *PATIENTS.glob("*.py")]:
        text = path.read_text("utf-8")
        yield from re.findall(r'(?:words\.filled\(|words\[|done=|over=|title=|if done else )"(\w+[a-z])"', text)
    yield from (f"purpose_{one.replace('-', '_')}" for one in get_args(Purpose))
    yield from (f"{number}_{one}" for number in ("kind", "one") for one in get_args(ImageKind))
    yield from (f"sensitive_{one}" for one in get_args(Sensitivity))
    yield from (
        "team",
        "organisation",
        "role",
        "record",
        "less_note",
        "less_note_other",
        "done_withdrawn_all",
        *PROMISES,
    )
    yield from (f"state_{one}" for one in ("given", "expired", "refused", "withdrawn", "unasked", "unasked_expired"))


def test_every_sheet_has_words_in_its_language() -> None:
    assert set(FILES) == {sheet.content.language for sheet in Sheets(str(SHEETS)).all()}


@pytest.mark.parametrize("language", FILES)
def test_every_language_says_the_same_things_with_the_same_names_in_them(language: str) -> None:
    words = FILES[language]
    assert list(words) == list(ENGLISH)
    assert {key: placeholders(text) for key, text in words.items()} == {
        key: placeholders(text) for key, text in ENGLISH.items()
    }


@pytest.mark.parametrize("language", sorted(set(FILES) - {"en"}))
def test_nothing_was_left_in_english(language: str) -> None:
    words = FILES[language]
    assert [key for key, text in words.items() if text == ENGLISH[key] and key not in SAME.get(language, ())] == []
    assert all(text == text.strip() != "" for text in words.values())


SAME = {"es": ("no",)}


def test_every_word_is_used_and_none_is_missing() -> None:
    assert set(used()) == set(ENGLISH)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "25 November 2025"),
        ("ar", "25 نوفمبر 2025"),
        ("zh-Hans", "2025年11月25日"),
        ("vi", "25 tháng 11, 2025"),
        ("es", "25 de noviembre de 2025"),
        ("fr", "25 novembre 2025"),
    ],
)
def test_dates_are_in_the_readers_language(language: str, written: str) -> None:
    words = Wording("UTC").of(language)
    assert words.date(NOON) == written
    assert words.time(NOON) != written and written in words.time(NOON)
    assert "UTC" not in words.time(NOON)


def test_english_dates_are_british_but_where_the_place_is_american() -> None:
    british, american = (Wording("UTC", profile).of("en") for profile in ("au", "us"))
    assert british.time(NOON).startswith("25 November 2025") and british.time(NOON).endswith("12:05")
    assert (american.date(NOON), american.time(NOON)[-8:-3]) == ("November 25, 2025", "12:05")


def test_time_is_of_the_place() -> None:
    assert Wording("Australia/Sydney").of("fr").hour(NOON) == "23:05"


def test_what_is_filled_in_keeps_its_direction_and_is_never_markup() -> None:
    values: dict[str, Any] = {"name": "<b>Ines</b>", "organisation": "Riverbend"}
    filled = Wording("UTC").of("ar").filled("asks", **values)
    assert "<bdi>&lt;b&gt;Ines&lt;/b&gt;</bdi>" in filled
    assert "<bdi>Riverbend</bdi>" in filled


def test_languages_read_from_their_own_side() -> None:
    wording = Wording("Australia/Sydney")
    assert [one for one in wording.languages if wording.of(one).direction == "rtl"] == ["ar"]
    assert wording.of("xx").language == "en"


@pytest.mark.parametrize("language", FILES)
async def test_a_question_is_put_in_each_language(story: Any, intern: Any, patient: Any, language: str) -> None:
    _, link, _ = await ask(intern, [intern.me])
    await patient.open(link)
    page = await patient.get(f"/patient?language={language}")
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert FILES[language]["yes_all"] in page.text
