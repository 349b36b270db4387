"""Invariant 3: Python and TypeScript decide identically. 10,000 random questions through both, about half permitted."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from inscope_protocol.decision import REMEDIES

from .calls import decide
from .random_decisions import Question, question

CLIENT = Path(__file__).parents[2] / "client_web"
COUNT = 10_000


@pytest.fixture(scope="module")
def built() -> Path:
    """decide.ts bundled from its source as it is now, where its packages can be found."""
    vite = CLIENT / "node_modules" / ".bin" / "vite"
    node = shutil.which("node")
    if node is None or not vite.exists():
        pytest.skip("the client's packages are not installed: npm ci in client_web")
    out = CLIENT / "node_modules" / ".inscope-differential"
    arguments = ["build", "--config", "vite.node.config.mjs", "--ssr", "src/node/decide.ts", "--outDir", str(out)]
    subprocess.run([str(vite), *arguments, "--logLevel", "error"], cwd=CLIENT, check=True, timeout=120)
    [entry] = out.glob("decide.*js")
    return entry


def answers_of(entry: Path, questions: list[Question]) -> list[object]:
    lines = "".join(f"{json.dumps(asked)}\n" for asked in questions)
    run = subprocess.run(["node", str(entry)], input=lines, text=True, capture_output=True, check=True, timeout=120)
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_both_halves_decide_the_same(built: Path) -> None:
    questions = [question(Random(f"differential {number}")) for number in range(COUNT)]
    here = [decide(asked) for asked in questions]
    there = answers_of(built, questions)
    assert len(there) == COUNT
    differing = [asked for asked, one, other in zip(questions, here, there, strict=True) if one != other]
    assert differing == []
    permitted = sum(1 for answer in here if not answer["reasons"])
    assert 0.35 * COUNT < permitted < 0.65 * COUNT
    codes = Counter(reason["code"] for answer in here for reason in answer["reasons"])
    assert set(codes) == set(REMEDIES) - {"consent_superseded"}
