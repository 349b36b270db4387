"""The policy profiles in config/: their form, and that none of them is laxer than it may be."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from inscope_protocol.policy import PURPOSES, REQUIREMENTS, Policy, basis_suffices, requirements
from inscope_protocol.types import BASES, ImageDescriptor, PolicyName, Scope
from inscope_server.config import ConfigError
from inscope_server.consent.policies import Policies
from world.running import POLICIES as FOLDER

FILES = sorted(FOLDER.glob("*.json"))
COUNTRIES = ["au-1", "nz-1", "uk-1", "us-1"]


def read(stem: str) -> Policy:
    """By the server's own reader."""
    profile, version = stem.rsplit("-", 1)
    found = Policies(str(FOLDER), stem).named(PolicyName(profile, int(version)))
    assert found is not None
    return found


def suffice(policy: Policy, purpose: str) -> set[str]:
    return {basis for basis in BASES if basis_suffices(policy, basis, purpose)}


def demanded(policy: Policy, purpose: str, basis: str, *sensitive: str) -> set[str]:
    """What a consent of this purpose and basis must have, for an image that is so sensitive."""
    scope = msgspec.convert(bare(basis), Scope)
    image = ImageDescriptor("", "", "photograph", False, sensitive, False)
    return {code.replace("_", "-") for code in requirements(policy, scope, purpose, image)}


def bare(basis: str) -> dict[str, object]:
    """A consent with nothing that a profile could ask for, taken through a relative."""
    from protocol.cases import on, scope, taken

    said = on(basis)["taken"] | {"interpreter": "family"}
    return scope(basis=basis, taken=taken(**said))


EACH = pytest.mark.parametrize("profile", [read(stem) for stem in COUNTRIES], ids=COUNTRIES)


def test_every_file_is_a_profile() -> None:
    assert {path.stem for path in FILES} == {*COUNTRIES, "base-1"}
    for path in FILES:
        assert read(path.stem).name


@EACH
def test_it_says_what_it_rests_on(profile: Policy) -> None:
    assert profile.sources


def test_the_base_profile_demands_nothing() -> None:
    for purpose in PURPOSES:
        for basis in BASES:
            assert demanded(read("base-1"), purpose, basis, "identifiable", "intimate") == set()


def test_a_profile_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="there is no au-9"):
        Policies(str(FOLDER), "au-9")


@pytest.mark.parametrize(
    ("find", "put"),
    [('"version": 1', '"version": 0'), ('"emergency_hours": 24', '"emergency_hours": 25'), ("teaching", "cooking"),
     ('"demands": [', '"more": 1, "demands": ['), ('"version": 1', '"version": 2'), ("{", "")],
)  # fmt: skip
def test_a_file_that_is_no_profile_is_named(tmp_path: Path, find: str, put: str) -> None:
    shutil.copy(FOLDER / "base-1.json", tmp_path / "base-1.json")
    path = tmp_path / "base-1.json"
    path.write_text(path.read_text("utf-8").replace(find, put, 1), "utf-8")
    with pytest.raises(ConfigError, match=r"base-1\.json"):
        Policies(str(tmp_path), "base-1")


@EACH
@pytest.mark.parametrize("purpose", ["teaching", "research"])
def test_teaching_and_research_rest_on_an_informed_yes(profile: Policy, purpose: str) -> None:
    assert "patient" in suffice(profile, purpose)
    assert not suffice(profile, purpose) & {"expected-in-direct-care", "emergency"}
    for basis in suffice(profile, purpose):
        assert {"sheet", "professional-interpreter"} <= demanded(profile, purpose, basis)
        assert demanded(profile, purpose, basis) & {"writing", "witness"}
        assert "writing" in demanded(profile, purpose, basis, "identifiable")
        assert "writing" in demanded(profile, purpose, basis, "intimate")
    assert "writing" in demanded(profile, "research", "patient")


@EACH
def test_who_is_spoken_for_is_asked_too_and_a_word_is_witnessed(profile: Policy) -> None:
    for basis in ("guardian", "substitute-decision-maker"):
        assert "witness" in demanded(profile, "direct-care-advice", basis)
        for purpose in ("teaching", "research"):
            if basis in suffice(profile, purpose):
                assert "assent" in demanded(profile, purpose, basis)


@EACH
def test_care_comes_first(profile: Policy) -> None:
    """Nothing keeps an image from advice in an emergency; an intimate one is otherwise never sent unasked."""
    assert demanded(profile, "direct-care-advice", "emergency", "identifiable", "intimate") == set()
    assert demanded(profile, "direct-care-advice", "patient") == set()
    assert "writing" in demanded(profile, "direct-care-advice", "expected-in-direct-care", "intimate")


def test_the_page_of_the_format_explains_every_requirement() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    assert set(REQUIREMENTS) <= set(told)
