"""Every shared case of protocol/vectors, as its README says it is read; and the files are what the cases write."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from inscope_protocol.decision import REMEDIES
from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.failures import ProtocolError

from .calls import CALLS, long_bytes
from .vectors_make import VECTORS, made

FILES = sorted(VECTORS.glob("*/*.json"))


def filled_in(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sealed forms told by their difference from another case's, written out."""
    told = {case["name"]: case["input"] for case in cases}
    for case in cases:
        sealed = case["input"].get("sealed")
        if isinstance(sealed, dict):
            data = bytearray(decode_base64url(told[sealed["like"]]["sealed"])[: sealed["length"]])
            data.extend(bytes(sealed["length"] - len(data)))
            for at, run in sealed["edits"]:
                replacement = decode_base64url(run)
                data[at : at + len(replacement)] = replacement
            case["input"]["sealed"] = encode_base64url(bytes(data))
    return cases


def load(path: Path) -> list[Any]:
    cases = filled_in(json.loads(path.read_text()))
    return [pytest.param(case, id=f"{path.parent.name}/{path.stem}: {case['name']}") for case in cases]


@pytest.mark.parametrize("case", [param for path in FILES for param in load(path)])
def test_case(case: dict[str, Any]) -> None:
    call, given, expect = CALLS[case["call"]], case["input"], case["expect"]
    if "fail" in expect:
        with pytest.raises(ProtocolError) as failure:
            call(given)
        assert failure.value.code == expect["fail"]
        return
    answer = call(given)
    assert answer == (long_bytes(expect["ok"]) if isinstance(answer, bytes) else expect["ok"])


def test_files_are_what_the_cases_write() -> None:
    expected = made()
    assert {str(path.relative_to(VECTORS)) for path in FILES} == set(expected)
    differing = [name for name, text in expected.items() if (VECTORS / name).read_text() != text]
    assert differing == []


def test_every_reason_is_there() -> None:
    cases = [case for path in VECTORS.glob("decision/*.json") for case in json.loads(path.read_text())]
    codes = Counter(reason["code"] for case in cases for reason in case["expect"]["ok"]["reasons"])
    assert set(codes) == set(REMEDIES) - {"consent_superseded"}
    permitted = sum(1 for case in cases if not case["expect"]["ok"]["reasons"])
    assert len(cases) >= 60
    assert permitted >= 20
