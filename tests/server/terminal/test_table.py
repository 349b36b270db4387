"""Tables and sentences with names that others chose: as wide as they look, and never more than text."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inscope_server.terminal.plain import JOINERS, NO_TEXT, plain
from inscope_server.terminal.table import Column, show

COLUMNS = (Column("Name"), Column("Person", under=True), Column("Roles"))
NAMES = ("山田 太郎", "김철수", "Łukasz Żółć", "José", "محمد الأحمد", "ﾊﾝｶｸ")
HOSTILE = {
    "a colour": "\x1b[31mred", "a title": "\x1b]0;mine\x07", "C1": "\x9b2J", "line": "a\nb\rc",
    "backwards": "A\u202eB\u2066C",
    "a tag": "a\U000e0041", "half": "\ud800", "markup": "[red]x[/red] :smile:",
}  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def cells(text: str) -> int:
    """How wide, by Unicode's own properties (UAX 11)."""
    wide = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
    return wide - sum(unicodedata.category(one) in ("Mn", "Me", "Cf") for one in text)


def piped(*rows: tuple[str, str, str]) -> list[str]:
    written = io.StringIO()
    show(COLUMNS, rows, written)
    return written.getvalue().splitlines()


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_is_not_to_read_is_a_mark(text: str) -> None:
    shown = plain(text)
    assert len(shown) == len(text) and plain(shown) == shown
    assert not [one for one in shown if unicodedata.category(one) in NO_TEXT and one not in JOINERS]
    assert [one for one, before in zip(shown, text, strict=True) if one != before] == ["\ufffd"] * sum(
        unicodedata.category(one) in NO_TEXT and one not in JOINERS for one in text
    )


def test_names_stay_as_they_are_written() -> None:
    persian = "می\N{ZERO WIDTH NON-JOINER}خواهم"
    assert [plain(name) for name in (*NAMES, persian, "नरेन्द्र")] == [*NAMES, persian, "नरेन्द्र"]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_in_a_pipe_there_are_no_controls(name: str) -> None:
    (_, row) = piped((name, "per_1", "intern"))
    assert all(unicodedata.category(one) not in NO_TEXT for one in row)
    assert row.split("  ")[0] == plain(name), "and what looks like a mark-up is just what was written"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_on_a_terminal_only_our_own_controls_are(name: str) -> None:
    written = Terminal()
    show(COLUMNS, [(name, "per_1", "intern")], written)
    text = re.sub(r"\x1b\[[0-9;]*m", "", written.getvalue())
    assert all(unicodedata.category(one) not in NO_TEXT for one in text.replace("\n", ""))
    assert plain(name)[0] in text and "\x1b[31m" not in written.getvalue()


def test_columns_stand_below_each_other_whatever_the_script() -> None:
    lines = piped(*((name, f"per_{number}", "intern") for number, name in enumerate(NAMES)))
    starts = {cells(line[: re.search(r"per_|Person", line).start()]) for line in lines}  # type: ignore[union-attr]
    assert len(starts) == 1


def test_in_a_pipe_a_row_is_a_line_however_long() -> None:
    lines = piped(("x" * 500, "per_1", "y " * 500), ("z", "per_2", ""))
    assert len(lines) == 3 and "x" * 500 in lines[1]
    assert lines[2] == "z".ljust(500) + "  per_2", "and none ends in spaces"


def test_who_has_read_enough_ends_it_quietly() -> None:
    """`inscope … | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "inscope_server", "describe", "asyncapi"]
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.stderr, done.returncode) == (b"", 141)
