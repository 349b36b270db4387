"""`make audit`: fails for a published advisory against a package of ours that accepted.toml does not name.

A service that cannot be reached is told in words and fails nothing: whoever works offline can still verify the rest.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from findings import Accepted, Report, of_node, of_python, unaccepted

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTHON = Path(sys.executable).with_name("pip-audit")
# The test lock has everything that the other one has. --disable-pip: it is read, and nothing is resolved or installed.
ASK_PYTHON = [str(PYTHON), "--requirement=requirements-test.txt", "--disable-pip", "--format=json"]
ASK_NODE = ["npm", "audit", "--json", "--fetch-retries=0"]
PATIENCE_SECONDS = 60
SHOWN = 5


def accepted() -> list[Accepted]:
    with (HERE / "accepted.toml").open("rb") as file:
        return [Accepted(**one) for one in tomllib.load(file).get("accepted", [])]


def _ask(command: list[str], folder: Path) -> str:
    """What it answered; nothing, where it had none in time."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def _say(report: Report) -> None:
    if report.unasked:
        more = len(report.unasked) - SHOWN
        names = ", ".join(report.unasked[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        print(f"audit: NOT LOOKED UP, the service said nothing about {names}.")


def main() -> None:
    reports = [of_python(_ask(ASK_PYTHON, ROOT)), of_node(_ask(ASK_NODE, ROOT / "client_web"))]
    for report in reports:
        _say(report)
    found = unaccepted((one for report in reports for one in report.findings), accepted(), datetime.now(UTC).date())
    for finding in found:
        print(f"audit: {finding}")
    if found:
        sys.exit("audit: update these packages, or write into tests/dependencies/accepted.toml why not.")
    print("audit: of what was looked up, no advisory but the accepted ones.")


if __name__ == "__main__":
    main()
