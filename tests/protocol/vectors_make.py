"""Writes protocol/vectors/ from the cases: `PYTHONPATH=protocol:tests python -m protocol.vectors_make`."""

import json
from pathlib import Path

from . import (
    cases_annotations,
    cases_decision,
    cases_device_links,
    cases_encoding,
    cases_filing,
    cases_framing,
    cases_history,
    cases_keys,
    cases_merkle,
    cases_practice,
    cases_sealing,
    cases_statements,
)
from .cases import Case

VECTORS = Path(__file__).parents[2] / "protocol" / "vectors"
TOPICS = (
    cases_decision,
    cases_practice,
    cases_encoding,
    cases_statements,
    cases_device_links,
    cases_sealing,
    cases_framing,
    cases_keys,
    cases_merkle,
    cases_filing,
    cases_annotations,
    cases_history,
)


def made() -> dict[str, str]:
    """File name below `vectors/` -> what it must hold."""
    return {f"{name}.json": written(cases) for topic in TOPICS for name, cases in topic.files().items()}


def written(cases: list[Case]) -> str:
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    lines = (json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    for name, text in made().items():
        path = VECTORS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
