"""The failure codes are exactly those of S8, each with a sentence and a remedy."""

import re
from pathlib import Path

from inscope_protocol.failures import FAILURES, ProtocolError

SPEC = (Path(__file__).parents[2] / "protocol" / "SPEC.md").read_text()


def test_codes_are_those_of_the_page() -> None:
    section = SPEC.split("## S8")[1].split("## S9")[0].split("`decision` (S5.4).")[1]
    listed = {code for group in re.findall(r"`([a-z_ ]+)`", section) for code in group.split()}
    assert set(FAILURES) == listed


def test_every_failure_can_be_said() -> None:
    for code, failure in FAILURES.items():
        error = ProtocolError(code)
        assert (error.message, error.remedy) == (failure.message, failure.remedy)
        assert failure.message.endswith(".")
        assert re.fullmatch(r"[a-z_]+", failure.remedy)
