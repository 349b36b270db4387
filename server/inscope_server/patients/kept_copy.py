"""What a patient takes with them: a consent told as a document, without a name of theirs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from inscope_protocol.types import Sheet as NamedSheet

from ..sheets.service import Sheet
from .naming import Named
from .shown import Choice, Told
from .wording import Words

Style = Literal["title", "heading", "label", "text", "fine", "rule", "code"]


@dataclass(frozen=True)
class Block:
    """One paragraph. `direction`: of its own language; a `rule` is an empty line to write on, a `code` stands
    as it is in every script.
    """

    style: Style
    text: str
    direction: str


@dataclass(frozen=True)
class Document:
    """`language`: BCP 47. `at`: when it was made, in milliseconds."""

    title: str
    language: str
    direction: str
    at: int
    blocks: tuple[Block, ...]

    @property
    def letters(self) -> frozenset[str]:
        return frozenset("".join(block.text for block in self.blocks)) - {"\n"}


@dataclass(frozen=True)
class Entry:
    """One answer. `state`: how it stands, in sentences. `agreed` None: nothing is agreed to any more.

    `who`: (what they did, who). `named`: the sheet that the answer names; `sheet`: its text, where
    this server still has it.
    """

    heading: str
    state: Sequence[str]
    agreed: Told | None
    who: Sequence[tuple[str, Named | None]]
    named: NamedSheet | None
    sheet: Sheet | None


def document(words: Words, entries: Sequence[Entry], consent: str, link: str, at: int) -> Document:
    """Answers of one consent. In the language of `words`; a sheet in the language that it was given in.

    `link`: to look back, or empty.
    """
    answers = [part for entry in entries for part in _answer(words, entry)]
    sheets = dict.fromkeys((entry.named, entry.sheet) for entry in entries)
    parts = [*_beginning(words), *answers, *_change(words, link), *_source(words, list(sheets), consent, at)]
    blocks = [Block(style, text, "ltr" if style == "code" else words.direction) for style, text in parts]
    for sheet in (sheet for _, sheet in sheets if sheet is not None):
        blocks += [Block(style, text, sheet.content.direction) for style, text in _sheet(sheet)]
    return Document(words["copy_title"], words.language, words.direction, at, tuple(blocks))


Part = tuple[Style, str]


def _beginning(words: Words) -> Iterator[Part]:
    yield "title", words["copy_title"]
    yield "label", words["copy_name"]
    yield "rule", ""


def _answer(words: Words, entry: Entry) -> Iterator[Part]:
    yield "heading", entry.heading
    for sentence in entry.state:
        yield "text", sentence
    if entry.agreed is not None:
        lists = entry.agreed.lists
        yield from _list(words["what_for"], lists.purposes)
        yield from _list(words["who"], lists.recipients)
        yield from _list(words["which"], lists.kinds + lists.sensitive)
        yield from _list(words["conditions"], [Choice(0, one) for one in entry.agreed.promises])
    for label, person in entry.who:
        yield "label", label
        yield "text", words["copy_by_you"] if person is None else _joined(person.name, person.at)


def _list(label: str, choices: Sequence[Choice]) -> Iterator[Part]:
    if choices:
        yield "label", label
    for one in choices:
        yield "text", _joined(one.words, one.more)


def _joined(name: str, more: str) -> str:
    return f"{name} · {more}" if more else name


def _change(words: Words, link: str) -> Iterator[Part]:
    yield "heading", words["copy_change"]
    yield "text", words["copy_change_how"]
    if link:
        yield "label", words["copy_link"]
        yield "code", link


def _source(
    words: Words, sheets: Sequence[tuple[NamedSheet | None, Sheet | None]], consent: str, at: int
) -> Iterator[Part]:
    yield "heading", words["copy_source"]
    yield "label", words["copy_sheet"]
    for named, sheet in sheets:
        if named is None:
            yield "text", words["copy_no_sheet"]
        else:
            language = sheet.content.language_name if sheet else named.language
            yield "text", f"{named.sheet} {named.version} · {language}"
            yield "code", named.text
    yield "label", words["copy_consent"]
    yield "code", consent
    yield "label", words["copy_made"]
    yield "text", words.time(at)
    yield "fine", words["copy_made_since"]


def _sheet(sheet: Sheet) -> Iterator[Part]:
    yield "title", sheet.content.title
    for section in sheet.content.sections:
        yield "heading", section.heading
        for paragraph in section.text.split("\n"):
            yield "text", paragraph
