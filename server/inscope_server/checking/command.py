"""`inscope check`: every finding on a line of its own, what is wrong last, and exit status 1 if anything is."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict

from ..config import Config
from ..terminal.plain import say
from ..terminal.table import Column, show
from .files import of_files
from .finding import Finding
from .services import of_services
from .settings import of_settings

MARKS = {"good": "ok    ", "notice": "notice", "wrong": "WRONG "}
ORDER = list(MARKS)
COLUMNS = (Column(""), Column("Setting"), Column("What was found"), Column("What helps"))


async def findings(config: Config, environment: Mapping[str, str]) -> list[Finding]:
    found = [*of_settings(config, environment), *of_files(config)]
    found += [finding async for finding in of_services(config)]
    return sorted(_once(found), key=lambda finding: ORDER.index(finding.weight))


def _once(found: list[Finding]) -> list[Finding]:
    """A file that cannot be read is told once, not again by whatever is kept in it."""
    told = dict[tuple[str, str, str], Finding]()
    for finding in found:
        apart = "" if finding.about.endswith("_file") else finding.message
        told.setdefault((finding.weight, finding.about, apart), finding)
    return list(told.values())


def check(config: Config, environment: Mapping[str, str], as_json: bool) -> bool:
    """Prints them; whether nothing is wrong."""
    found = asyncio.run(findings(config, environment))
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        _tell(found)
    return all(finding.weight != "wrong" for finding in found)


def _tell(found: list[Finding]) -> None:
    """A table to read; in a pipe a line a finding, which begins with its weight."""
    if sys.stdout.isatty():
        show(COLUMNS, [(MARKS[one.weight].strip(), one.about, one.message, one.remedy) for one in found])
    else:
        for finding in found:
            say(_line(finding))


def _line(finding: Finding) -> str:
    said = f"{MARKS[finding.weight]}  {finding.about}: {finding.message}"
    return f"{said}  ->  {finding.remedy}" if finding.remedy else said
