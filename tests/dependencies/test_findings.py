"""What fails `make audit`, and what does not: answers as the two programs give them, with invented advisories."""

from __future__ import annotations

import json
from datetime import date

import pytest

from dependencies.findings import Accepted, Finding, of_node, of_python, unaccepted

PYTHON = json.dumps({
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "weak", "version": "2.0", "vulns": [
            {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.1"], "description": "words"}]},
        {"name": "unknown", "skip_reason": "not found"},
    ],
    "fixes": [],
})  # fmt: skip
NODE = json.dumps({
    "auditReportVersion": 2,
    "vulnerabilities": {
        "weak": {"name": "weak", "severity": "high", "via": [
            {"source": 1, "name": "weak", "url": "https://advisories.example/GHSA-aaaa", "range": "<2"}]},
        "above": {"name": "above", "severity": "high", "via": ["weak"]},
    },
})  # fmt: skip


def test_a_python_package_with_an_advisory_is_found_and_one_nobody_knows_is_said() -> None:
    report = of_python(PYTHON)
    assert report.findings == (Finding("weak 2.0", ("PYSEC-2026-1", "CVE-2026-1")),)
    assert report.unasked == ("unknown",)


def test_an_npm_package_with_an_advisory_is_found_once() -> None:
    assert of_node(NODE).findings == (Finding("weak <2", ("GHSA-aaaa",)),)
    assert of_node(NODE).unasked == ()


@pytest.mark.parametrize("answer", ["", "no route to host", "[]", '{"message": "405 Method Not Allowed"}'])
def test_a_service_that_was_not_reached_is_no_clean_answer(answer: str) -> None:
    for report in (of_python(answer), of_node(answer)):
        assert report.unasked and not report.findings


def test_what_is_accepted_stops_being_so_on_its_day() -> None:
    found = of_python(PYTHON).findings
    named = [Accepted("CVE-2026-1", "nothing here calls it", date(2026, 7, 1))]
    assert unaccepted(found, [], date(2026, 6, 1)) == list(found)
    assert unaccepted(found, named, date(2026, 6, 30)) == []
    assert unaccepted(found, named, date(2026, 7, 1)) == list(found)
