"""The policy profiles in config/: their form, and that none of them is laxer than it may be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
import pytest
from msgspec import Meta, Struct

FOLDER = Path(__file__).resolve().parents[2] / "config" / "policies"
FILES = sorted(FOLDER.glob("*.json"))
Purpose = Literal["direct-care-advice", "teaching", "research"]
Basis = Literal[
    "patient", "young-person", "guardian", "substitute-decision-maker", "expected-in-direct-care", "emergency"
]
Sensitive = Literal["identifiable", "intimate"]
Requirement = Literal["sheet", "witness", "writing", "professional-interpreter", "assent"]
Text = Annotated[str, Meta(min_length=1)]


class Bases(Struct, forbid_unknown_fields=True):
    purpose: Purpose
    bases: Annotated[list[Basis], Meta(min_length=1)]


class LongestDays(Struct, forbid_unknown_fields=True):
    purpose: Purpose
    days: Annotated[int, Meta(ge=1, le=3650)]


class Demand(Struct, forbid_unknown_fields=True):
    purposes: list[Purpose]
    bases: list[Basis]
    sensitive: list[Sensitive]
    require: Annotated[list[Requirement], Meta(min_length=1)]


class Profile(Struct, forbid_unknown_fields=True):
    profile: Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9-]{0,47}\Z")]
    version: Annotated[int, Meta(ge=1)]
    name: Text
    bases: list[Bases]
    longest_days: list[LongestDays]
    emergency_hours: Annotated[int, Meta(ge=1, le=24)]
    demands: list[Demand]
    sources: Annotated[list[Text], Meta(min_length=1)]

    def suffice(self, purpose: str) -> set[str]:
        return {basis for one in self.bases if one.purpose == purpose for basis in one.bases}

    def demanded(self, purpose: str, basis: str, *sensitive: str) -> set[str]:
        """What a consent of this purpose and basis must have, for an image that is so sensitive (README)."""
        return {
            requirement
            for one in self.demands
            if (not one.purposes or purpose in one.purposes)
            and (not one.bases or basis in one.bases)
            and (not one.sensitive or set(one.sensitive) & set(sensitive))
            for requirement in one.require
        }


def read(path: Path) -> Profile:
    def no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), "a key appears twice"
        return dict(pairs)

    return msgspec.convert(json.loads(path.read_text("utf-8"), object_pairs_hook=no_doubles), Profile)


EACH = pytest.mark.parametrize("profile", [read(path) for path in FILES], ids=[path.stem for path in FILES])


def test_the_four_countries_are_there_and_named_as_they_say() -> None:
    assert {path.stem for path in FILES} >= {"au-1", "uk-1", "nz-1", "us-1"}
    for path in FILES:
        profile = read(path)
        assert path.stem == f"{profile.profile}-{profile.version}"


@EACH
def test_each_purpose_is_there_once(profile: Profile) -> None:
    assert [one.purpose for one in profile.bases] == list(get_args(Purpose))
    assert [one.purpose for one in profile.longest_days] == list(get_args(Purpose))


@EACH
def test_no_list_holds_an_entry_twice(profile: Profile) -> None:
    lists = [one.bases for one in profile.bases] + [
        entries for one in profile.demands for entries in (one.purposes, one.bases, one.sensitive, one.require)
    ]
    assert all(len(set(entries)) == len(entries) for entries in lists)


@EACH
@pytest.mark.parametrize("purpose", ["teaching", "research"])
def test_teaching_and_research_rest_on_an_informed_yes(profile: Profile, purpose: str) -> None:
    assert "patient" in profile.suffice(purpose)
    assert not profile.suffice(purpose) & {"expected-in-direct-care", "emergency"}
    for basis in profile.suffice(purpose):
        assert {"sheet", "professional-interpreter"} <= profile.demanded(purpose, basis)
        assert profile.demanded(purpose, basis) & {"writing", "witness"}
        assert "writing" in profile.demanded(purpose, basis, "identifiable")
        assert "writing" in profile.demanded(purpose, basis, "intimate")
    assert "writing" in profile.demanded("research", "patient")


@EACH
def test_who_is_spoken_for_is_asked_too_and_a_word_is_witnessed(profile: Profile) -> None:
    for basis in ("guardian", "substitute-decision-maker"):
        assert "witness" in profile.demanded("direct-care-advice", basis)
        for purpose in ("teaching", "research"):
            if basis in profile.suffice(purpose):
                assert "assent" in profile.demanded(purpose, basis)


@EACH
def test_care_comes_first(profile: Profile) -> None:
    """Nothing keeps an image from advice in an emergency; an intimate one is otherwise never sent unasked."""
    assert profile.demanded("direct-care-advice", "emergency", "identifiable", "intimate") == set()
    assert profile.demanded("direct-care-advice", "patient") == set()
    assert "writing" in profile.demanded("direct-care-advice", "expected-in-direct-care", "intimate")


def test_the_page_of_the_format_explains_every_requirement() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    assert set(get_args(Requirement)) <= set(told)
