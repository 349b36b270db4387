"""What a check found, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..config import ConfigError

Weight = Literal["good", "notice", "wrong"]


@dataclass(frozen=True)
class Finding:
    """`about`: the setting's name, as config/example.toml explains it; `remedy`: what puts it right, or empty.

    `wrong`: it does not work, or not safely. `notice`: it works, and somebody should have meant it.
    """

    weight: Weight
    about: str
    message: str
    remedy: str = ""


def good(about: str, message: str) -> Finding:
    return Finding("good", about, message)


def notice(about: str, message: str, remedy: str) -> Finding:
    return Finding("notice", about, message, remedy)


def wrong(about: str, message: str, remedy: str) -> Finding:
    return Finding("wrong", about, message, remedy)


def told(about: str, error: ConfigError) -> Finding:
    """What a start would say of this setting, or of the one that it names itself."""
    named, colon, message = error.message.partition(": ")
    known = colon and re.fullmatch(r"[a-z_]+", named)
    return wrong(named if known else about, message if known else error.message, error.remedy)
