"""What the README names is there: files, pictures, make targets, and commands that the program accepts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from inscope_server.cli import _parser

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PICTURE_LIMIT = 250_000


def commands() -> list[str]:
    blocks = "".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)).replace("\\\n", "")
    return [line for line in blocks.splitlines() if line.startswith("inscope ")]


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).is_file()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert links
    assert [link for link in links if not (page.parent / link).is_file()] == []


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert {f"docs/pictures/{picture.name}" for picture in pictures} == set(re.findall(r"docs/pictures/[^)]+", README))
    assert all(picture.stat().st_size < PICTURE_LIMIT for picture in pictures)


def test_every_path_in_the_text_exists() -> None:
    paths = re.findall(r"`((?:client_web|config|docs|protocol|server|tests)/[\w./]+)`", README)
    built = {"client_web/dist"}
    assert len(paths) > 4
    assert [path for path in paths if path not in built and not (ROOT / path).exists()] == []


def test_every_folder_of_the_tree_exists() -> None:
    tree = README.partition("## Where things are")[2].split("```")[1]
    top = re.findall(r"^(\w+)/", tree, re.MULTILINE)
    assert top == ["protocol", "server", "client_web", "docs", "config", "tests"]
    assert [name for name in top if not (ROOT / name).is_dir()] == []
    features = re.search(r"^    (audit .*)$", tree, re.MULTILINE)
    assert features is not None
    assert [
        name for name in features[1].split() if not (ROOT / "server/inscope_server" / name / "rules.py").exists()
    ] == ["audit", "authority", "fhir"]


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", README))
    assert {"run", "test", "bench"} <= named <= targets


@pytest.mark.parametrize("command", commands())
def test_the_program_accepts_every_command(command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    assert callable(_parser().parse_args(words).run)


def test_there_are_commands_for_operator_and_administrator() -> None:
    assert len(commands()) >= 8
