"""What pip-audit and npm audit answered, read: what is known against a package, and what was not looked up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A published advisory about a package in one of our locks. `names`: all that it is known by (GHSA, PYSEC, CVE)."""

    package: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.package}: {', '.join(self.names)}"


@dataclass(frozen=True)
class Report:
    """`unasked`: packages, or a reason in words, of which the service said nothing: no finding is then no comfort."""

    findings: tuple[Finding, ...] = ()
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Accepted:
    """An advisory that we go on with, why, and until when that is looked at anew."""

    advisory: str
    reason: str
    until: date


def of_python(answer: str) -> Report:
    """pip-audit's `--format json`. What is no such answer: a service that was not reached."""
    read = _read(answer)
    if not isinstance(read.get("dependencies"), list):
        return Report(unasked=("every Python package",))
    packages = read["dependencies"]
    found = [
        Finding(f"{one['name']} {one['version']}", (flaw["id"], *flaw.get("aliases", ())))
        for one in packages for flaw in one.get("vulns", ())
    ]  # fmt: skip
    return Report(tuple(found), tuple(one["name"] for one in packages if "skip_reason" in one))


def of_node(answer: str) -> Report:
    """`npm audit --json`, version 2 of its report. What is no such answer: a service that was not reached."""
    read = _read(answer)
    if read.get("auditReportVersion") != 2:
        return Report(unasked=("every npm package",))
    return Report(tuple(_of_node(read["vulnerabilities"].values())))


def _of_node(packages: Iterable[dict[str, Any]]) -> Iterator[Finding]:
    """`via` has advisories, and names of packages that have them: those have an entry of their own."""
    for one in packages:
        for flaw in one["via"]:
            if isinstance(flaw, dict):
                yield Finding(f"{one['name']} {flaw['range']}", (flaw["url"].rsplit("/", 1)[-1],))


def _read(answer: str) -> dict[str, Any]:
    try:
        read = json.loads(answer)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def unaccepted(findings: Iterable[Finding], accepted: Iterable[Accepted], today: date) -> list[Finding]:
    """The findings that no acceptance names whose time is not over."""
    standing = {one.advisory for one in accepted if today < one.until}
    return [one for one in findings if standing.isdisjoint(one.names)]
