"""Labels are told apart, and are those of the page."""

from pathlib import Path

import pytest

from inscope_protocol import labels

SPEC = (Path(__file__).parents[2] / "protocol" / "SPEC.md").read_text()
ALL = {name: value for name, value in vars(labels).items() if name.isupper() and isinstance(value, str)}


def test_no_label_is_another_or_begins_another() -> None:
    for name, label in ALL.items():
        assert not [other for other, text in ALL.items() if other != name and text.startswith(label)]


def test_labels_are_on_the_page() -> None:
    assert [label for label in ALL.values() if f'"{label}"' not in SPEC] == []


def test_payload_types_are_on_the_page() -> None:
    assert f"one of: `{' '.join(labels.PAYLOAD_NAMES)}`" in SPEC
    assert labels.payload_type("sign-in") == "application/vnd.inscope.sign-in.v1+json"
    with pytest.raises(KeyError):
        labels.payload_type("withdrawal")
