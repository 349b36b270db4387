"""Every sheet in config/ is whole in every language, and a file that is not as it should be is named."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_server.config import ConfigError
from inscope_server.sheets.rules import TOPICS, Sheet
from inscope_server.sheets.service import Sheets
from world.running import SHEETS

ALL = Sheets(str(SHEETS)).all()
EACH = pytest.mark.parametrize("sheet", ALL, ids=lambda sheet: "/".join(sheet.key))
LANGUAGES = {"en", "ar", "zh-Hans", "vi", "es", "fr"}
RIGHT_TO_LEFT = {"ar", "he", "fa", "ur"}
SCRIPTS = {"ar": "ARABIC", "zh-Hans": "CJK UNIFIED", "en": "LATIN", "vi": "LATIN", "es": "LATIN", "fr": "LATIN"}


def versions() -> dict[tuple[str, str], dict[str, Sheet]]:
    found: dict[tuple[str, str], dict[str, Sheet]] = {}
    for sheet in ALL:
        found.setdefault(sheet.key[:2], {})[sheet.key[2]] = sheet
    return found


def test_the_first_sheet_is_there_in_six_languages() -> None:
    assert set(versions()["clinical-images", "1"]) == LANGUAGES


@pytest.mark.parametrize(
    "version", versions().values(), ids=lambda version: "/".join(next(iter(version.values())).key[:2])
)
def test_every_language_says_the_same_in_as_many_paragraphs(version: dict[str, Sheet]) -> None:
    shapes = {
        language: [(one.topic, one.text.count("\n")) for one in sheet.content.sections]
        for language, sheet in version.items()
    }
    assert len({tuple(shape) for shape in shapes.values()}) == 1, shapes
    titles = [sheet.content.title for sheet in version.values()]
    assert len(set(titles)) == len(titles), "a title that was not translated"


@EACH
def test_it_is_written_in_its_language(sheet: Sheet) -> None:
    content, language = sheet.content, sheet.key[2]
    assert (content.direction == "rtl") == (language in RIGHT_TO_LEFT)
    for section in content.sections:
        letters = [unicodedata.name(letter) for letter in section.heading + section.text if letter.isalpha()]
        own = sum(name.startswith(SCRIPTS[language]) for name in letters)
        assert own > 0.9 * len(letters), section.heading


@EACH
def test_it_is_short_enough_to_be_read(sheet: Sheet) -> None:
    for section in sheet.content.sections:
        sentences = [one for one in re.split(r"[.!?。？！؟]\s*|\n", section.text) if one]
        assert all(len(sentence.split()) <= 42 and len(sentence) <= 260 for sentence in sentences), section.heading
        assert "<" not in section.text and "http" not in section.text


@EACH
def test_its_hash_is_over_the_exact_bytes(sheet: Sheet) -> None:
    raw = SHEETS.joinpath(*sheet.key[:2], f"{sheet.key[2]}.json").read_bytes()
    assert sheet.raw == raw
    assert sheet.text == encode_base64url(labelled_hash("inscope/" + "information-sheet/v1", raw))


def changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    content = json.loads((SHEETS / "clinical-images/1/en.json").read_text("utf-8"))
    change(content)
    return json.dumps(content, ensure_ascii=False).encode()


def section(number: int, **changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda content: content["sections"][number].update(changes)


WRONG: list[tuple[str, bytes, str]] = [
    ("no JSON", b"{", "delimiter|property name"),
    ("not UTF-8", b"\xff{}", "utf-8"),
    ("a mark before it", b"\xef\xbb\xbf" + changed(lambda content: None), "BOM"),
    ("a list", b"[]", "object"),
    ("a key twice", changed(lambda content: None)[:-1] + b',"title":"Other"}', "twice"),
    ("an escape", changed(lambda content: None).replace(b"Pictures", b"\\u0050ictures"), "escapes"),
    ("too large", changed(lambda content: None) + b" " * 65536, "larger"),
    ("a key more", changed(lambda content: content.update(author="me")), "author"),
    ("no title", changed(lambda content: content.pop("title")), "title"),
    ("an empty title", changed(lambda content: content.update(title="")), "title"),
    ("another direction", changed(lambda content: content.update(direction="up")), "direction"),
    ("a version as text", changed(lambda content: content.update(version="1")), "version"),
    ("another version", changed(lambda content: content.update(version=2)), r"belongs at clinical-images/2/en\.json"),
    ("another language", changed(lambda content: content.update(language="de")), r"clinical-images/1/de\.json"),
    ("another sheet", changed(lambda content: content.update(sheet="other")), r"other/1/en\.json"),
    ("a language that is none", changed(lambda content: content.update(language="../en")), "language"),
    ("a topic left out", changed(lambda content: content["sections"].pop(4)), "topics.*refusal"),
    ("a topic twice", changed(lambda content: content["sections"].append(content["sections"][0])), "each once"),
    ("another order", changed(lambda content: content["sections"].reverse()), "in this order"),
    ("an unknown topic", changed(section(0, topic="price")), "topic"),
    ("an empty paragraph", changed(section(1, text="One.\n\nTwo.")), "text"),
    ("a heading of two lines", changed(section(1, heading="One\nTwo")), "heading"),
    ("a section's key more", changed(section(2, html="<b>")), "html"),
]


@pytest.mark.parametrize(("raw", "words"), [pytest.param(raw, words, id=name) for name, raw, words in WRONG])
def test_what_is_wrong_is_said_with_the_file(raw: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "clinical-images" / "1" / "en.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match=rf"(?s)en\.json: .*({words})"):
        Sheets(str(tmp_path))


def test_a_server_without_sheets_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sheets_dir"):
        Sheets(str(tmp_path / "nowhere"))


def test_the_newest_version_comes_first_by_number(tmp_path: Path) -> None:
    for version in (2, 10, 9):
        path = tmp_path / "clinical-images" / str(version) / "en.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(changed(lambda content, version=version: content.update(version=version)))  # type: ignore[misc]
    assert [sheet.content.version for sheet in Sheets(str(tmp_path)).all()] == [10, 9, 2]


def test_the_page_of_the_format_names_every_topic_in_order() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", (SHEETS / "README.md").read_text("utf-8"), re.MULTILINE)
    assert tuple(told) == TOPICS
