"""What an information sheet must be, one file of `config/sheets` at a time. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from inscope_protocol.encoding import encode_base64url, labelled_hash
from inscope_protocol.labels import INFORMATION_SHEET
from inscope_protocol.types import Counting, Language, Role

Topic = Literal["purpose", "who", "kept", "how-long", "refusal", "withdraw", "limits", "questions"]
TOPICS: tuple[str, ...] = get_args(Topic)
"""What no patient may be left without, in the order of reading; config/sheets/README.md says what each must tell."""

MAX_FILE = 64 * 1024
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A\S[^\n]*\S\Z")]
Paragraphs = Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\A\S[^\n]*(\n\S[^\n]*)*\Z")]


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """`text`: paragraphs, one a line."""

    topic: Topic
    heading: Line
    text: Paragraphs


class SheetFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`language`: BCP 47. `language_name`: as its own speakers write it."""

    sheet: Role
    version: Counting
    language: Language
    language_name: Line
    direction: Literal["ltr", "rtl"]
    title: Line
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        if tuple(section.topic for section in self.sections) != TOPICS:
            raise ValueError(f"the sections must be about these topics, each once, in this order: {', '.join(TOPICS)}")


@dataclass(frozen=True)
class Sheet:
    """`raw`: the file's exact bytes. `text`: their hash in base64url, by which a consent names them (SPEC S5.1)."""

    content: SheetFile
    raw: bytes
    text: str

    @property
    def key(self) -> tuple[str, str, str]:
        """As in the path: sheet, version, language."""
        return self.content.sheet, str(self.content.version), self.content.language


def read_sheet(raw: bytes, path: str) -> Sheet:
    """The sheet in a file's bytes, which lies at `path` below the sheets' folder. Raises ValueError: what is wrong."""
    if len(raw) > MAX_FILE:
        raise ValueError(f"larger than {MAX_FILE} bytes")
    if b"\\u" in raw:
        raise ValueError("letters stand as themselves, not as \\u escapes")
    content = msgspec.convert(json.loads(raw.decode("utf-8"), object_pairs_hook=_no_doubles), SheetFile)
    expected = f"{content.sheet}/{content.version}/{content.language}.json"
    if path != expected:
        raise ValueError(f"by what it says, it belongs at {expected}")
    return Sheet(content, raw, encode_base64url(labelled_hash(INFORMATION_SHEET, raw)))


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers of a doubled key may show two texts under one hash."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key appears twice in one object")
    return result
