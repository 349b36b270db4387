"""`inscope check`: every finding on a line of its own, what is wrong last, and exit status 1 if anything is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict

from ..config import Config
from .files import of_files
from .finding import Finding
from .services import of_services
from .settings import of_settings

MARKS = {"good": "ok    ", "notice": "notice", "wrong": "WRONG "}
ORDER = list(MARKS)


async def findings(config: Config, environment: Mapping[str, str]) -> list[Finding]:
    found = [*of_settings(config, environment), *of_files(config)]
    found += [finding async for finding in of_services(config)]
    return sorted(found, key=lambda finding: ORDER.index(finding.weight))


def check(config: Config, environment: Mapping[str, str], as_json: bool) -> bool:
    """Prints them; whether nothing is wrong."""
    found = asyncio.run(findings(config, environment))
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        for finding in found:
            print(_line(finding))
    return all(finding.weight != "wrong" for finding in found)


def _line(finding: Finding) -> str:
    said = f"{MARKS[finding.weight]}  {finding.about}: {finding.message}"
    return f"{said}  ->  {finding.remedy}" if finding.remedy else said
