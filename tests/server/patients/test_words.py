"""The words of patients' pages: every language says all that English says, and fills no place that it does not."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from inscope_server.patients.wording import Wording

FOLDER = resources.files("inscope_server").joinpath("patients/words")
LANGUAGES = ["ar", "en", "es", "fr", "vi", "zh-Hans"]
PLACES = {"name", "organisation", "date", "until", "time", "kind"}


def entries(language: str) -> dict[str, str]:
    return dict(json.loads(FOLDER.joinpath(f"{language}.json").read_text("utf-8")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing(language: str) -> None:
    assert list(entries(language)) == list(entries("en"))
    assert all(words.strip() for words in entries(language).values())
    assert {place for words in entries(language).values() for place in re.findall(r"\{(\w+)\}", words)} <= PLACES


def test_the_languages_are_those_of_the_sheets_and_read_from_their_own_side() -> None:
    wording = Wording("Australia/Sydney")
    assert wording.languages == LANGUAGES
    assert [one for one in LANGUAGES if wording.of(one).direction == "rtl"] == ["ar"]
    assert wording.of("xx").language == "en"
    assert "2023" in wording.of("vi").date(1_700_000_000_000)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_question_is_put_in_each_language(story, language: str) -> None:
    from world.patient import Patient, ask

    intern = await story.device(story.riverbend, "Ines Moreau", ("intern",))
    patient = Patient(story.running)
    _, link, _ = await ask(intern, [intern.me])
    await patient.get(link)
    page = await patient.get(f"/patient?language={language}")
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert entries(language)["yes_all"].replace("'", "&#39;") in page.text
    await patient.close()
