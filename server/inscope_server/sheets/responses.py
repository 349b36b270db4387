"""What the information sheets answer over HTTP (API.md, "Information sheets")."""

from __future__ import annotations

from typing import Literal

from inscope_protocol.types import Bytes32, Counting, Language, Role

from ..web.described import Told


class OneOf(Told, frozen=True):
    sheet: Role
    version: Counting
    language: Language
    language_name: str
    direction: Literal["ltr", "rtl"]
    title: str
    text: Bytes32


class All(Told, frozen=True):
    sheets: list[OneOf]
