"""What a check found, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
