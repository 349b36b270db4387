"""Every test and file that a page in docs/ names is there, and what it says of commands and settings is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from inscope_server.cli import _parser

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
NAMED = re.compile(r"`((?:client_web|config|protocol|server|tests)/[\w./-]+)(?:::(\w+))?`")


def _named(page: Path) -> list[tuple[str, str]]:
    return NAMED.findall(page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    missing = [path for path, _ in _named(page) if path != "client_web/dist" and not (ROOT / path).exists()]
    for path, function in _named(page):
        if function and not re.search(
            rf"^\s*(async )?def {function}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE
        ):
            missing.append(f"{path}::{function}")
    assert missing == []


def test_the_tables_name_tests_by_the_hundred() -> None:
    assert sum(bool(function) for page in PAGES for _, function in _named(page)) > 60


def test_the_table_of_requirements_counts_itself_right() -> None:
    table = (ROOT / "docs" / "asvs.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:\d+\.\d+\.\d+ )+)\| [^|]+ \| (met|part|n/a|not met) \|", table, re.MULTILINE)
    numbers = [(number, state) for several, state in rows for number in several.split()]
    assert len({number for number, _ in numbers}) == len(numbers) == 253
    for state, words in (("not met", "not met"), ("part", "in part")):
        those = ", ".join(number for number, said in numbers if said == state)
        assert f"{words} {those.count(',') + 1} (" in table
        assert set(those.split(", ")) == set(re.findall(rf"{words} \d+ \(([^)]*)\)", table)[0].split(", "))


def _commands() -> list[str]:
    return sorted({line for page in PAGES for line in re.findall(r"`(inscope [a-z][^`]*)`", page.read_text("utf-8"))})


@pytest.mark.parametrize("command", _commands())
def test_the_program_accepts_every_command(command: str) -> None:
    assert callable(_parser().parse_args(shlex.split(command)[1:]).run)


def test_there_are_commands_for_a_whole_life() -> None:
    acts = {command.split()[1] for command in _commands()}
    assert {"migrate", "serve", "authority", "check", "backup", "restore", "log", "administrator"} <= acts
