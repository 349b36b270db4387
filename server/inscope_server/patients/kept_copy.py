"""What a patient takes with them: a consent told as a document, without a name of theirs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from inscope_protocol.types import Sheet as NamedSheet

from ..sheets.service import Sheet
from .naming import Named
from .shown import Choice, Lists
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
class Told:
    """What there is to tell. `lists` None: nothing is agreed to any more. `who`: (what they did, who).

    `named`: the sheet that the consent names; `sheet`: its text, where this server still has it. `link`: to look back.
    """

    heading: str
    state: str
    lists: Lists | None
    promises: Sequence[str]
    who: Sequence[tuple[str, Named | None]]
    named: NamedSheet | None
    sheet: Sheet | None
    link: str
    consent: str


def document(words: Words, told: Told, at: int) -> Document:
    """In the language of `words`; the sheet in the language that it was given in."""
    parts = [*_decision(words, told), *_change(words, told), *_source(words, told, at)]
    blocks = [Block(style, text, "ltr" if style == "code" else words.direction) for style, text in parts]
    if told.sheet is not None:
        blocks += [Block(style, text, told.sheet.content.direction) for style, text in _sheet(told.sheet)]
    return Document(words["copy_title"], words.language, words.direction, at, tuple(blocks))


Part = tuple[Style, str]


def _decision(words: Words, told: Told) -> Iterator[Part]:
    yield "title", words["copy_title"]
    yield "label", words["copy_name"]
    yield "rule", ""
    yield "heading", told.heading
    yield "text", told.state
    if told.lists is not None:
        yield from _list(words["what_for"], told.lists.purposes)
        yield from _list(words["who"], told.lists.recipients)
        yield from _list(words["which"], told.lists.kinds + told.lists.sensitive)
        yield from _list(words["conditions"], [Choice(0, one) for one in told.promises])
    for label, person in told.who:
        yield "label", label
        yield "text", words["copy_by_you"] if person is None else _joined(person.name, person.at)


def _list(label: str, choices: Sequence[Choice]) -> Iterator[Part]:
    if choices:
        yield "label", label
    for one in choices:
        yield "text", _joined(one.words, one.more)


def _joined(name: str, more: str) -> str:
    return f"{name} · {more}" if more else name


def _change(words: Words, told: Told) -> Iterator[Part]:
    yield "heading", words["copy_change"]
    yield "text", words["copy_change_how"]
    if told.link:
        yield "label", words["copy_link"]
        yield "code", told.link


def _source(words: Words, told: Told, at: int) -> Iterator[Part]:
    yield "heading", words["copy_source"]
    yield "label", words["copy_sheet"]
    if told.named is None:
        yield "text", words["copy_no_sheet"]
    else:
        language = told.sheet.content.language_name if told.sheet else told.named.language
        yield "text", f"{told.named.sheet} {told.named.version} · {language}"
        yield "code", told.named.text
    yield "label", words["copy_consent"]
    yield "code", told.consent
    yield "label", words["copy_made"]
    yield "text", words.time(at)
    yield "fine", words["copy_made_since"]


def _sheet(sheet: Sheet) -> Iterator[Part]:
    yield "title", sheet.content.title
    for section in sheet.content.sections:
        yield "heading", section.heading
        for paragraph in section.text.split("\n"):
            yield "text", paragraph
