"""The deployment files: readable, and every setting, command and metric that they name is one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

import inscope_server.observing.instruments  # noqa: F401  (what is counted registers itself)
from inscope_server import cli
from inscope_server.config import Config

FOLDER = Path(__file__).resolve().parents[2] / "config" / "deployment"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
OF_CADDY = {"INSCOPE_NAME", "INSCOPE_UPSTREAMS", "INSCOPE_READY_PORT"}
LIBRARY = re.compile(r"inscope_[a-z_]+")
LONG_QUESTION = "/api/gateway/filings"
"""Answered once there is something to file, or after 25 seconds."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_setting_is_one(path: Path) -> None:
    known = {f"INSCOPE_{key.upper()}" for key in Config.__struct_fields__} | OF_CADDY
    assert set(re.findall(r"\bINSCOPE_[A-Z_]+", path.read_text("utf-8"))) <= known


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.suffix == ".yaml"], ids=lambda path: str(path.relative_to(FOLDER))
)
def test_yaml_is_read_and_its_processes_start_with_a_command_of_ours(path: Path) -> None:
    documents = list(yaml.safe_load_all(path.read_text("utf-8")))
    for words in commands(documents):
        cli._parser().parse_args(words)
    for kind in (document.get("kind") for document in documents):
        assert kind != "Secret", "secrets are made where they are used"


def commands(value: object) -> Iterator[list[str]]:
    """What containers of our image are told to run."""
    if isinstance(value, dict):
        if value.get("image") == "inscope" and isinstance(value.get("args", value.get("command")), list):
            yield value.get("args", value.get("command"))
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from commands(one)


def test_a_question_that_waits_for_work_is_no_slow_request() -> None:
    panels = json.loads((FOLDER / "grafana" / "inscope.json").read_text("utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    slow = [expression for expression in asked if "inscope_request_seconds_bucket" in expression]
    assert len(slow) == 2
    assert all(f'{{route!="{LONG_QUESTION}"}}' in expression for expression in slow)
    assert f'"{LONG_QUESTION}"' in (FOLDER.parents[1] / "server/inscope_server/filing/api.py").read_text("utf-8")


def test_the_job_that_alerts_ask_for_is_named() -> None:
    asked = "".join(
        path.read_text("utf-8") for path in FOLDER.rglob("*") if path.name in ("alerts.yaml", "inscope.json")
    )
    jobs = set(re.findall(r'job=\\?"(\w+)', asked))
    scraped = yaml.safe_load((FOLDER / "prometheus" / "prometheus.yaml").read_text("utf-8"))
    assert jobs == {one["job_name"] for one in scraped["scrape_configs"]} == {"inscope"}
    assert scraped["rule_files"] == ["alerts.yaml"]


def test_alerts_and_dashboard_ask_for_what_is_counted() -> None:
    counted = set()
    for family in REGISTRY.collect():
        names = {family.name, f"{family.name}_total"} if family.type == "counter" else {family.name}
        counted |= names | {
            f"{family.name}_{part}" for part in ("bucket", "sum", "count") if family.type == "histogram"
        }
    rules = yaml.safe_load((FOLDER / "prometheus" / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    panels = json.loads((FOLDER / "grafana" / "inscope.json").read_text("utf-8"))["panels"]
    asked = [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]
    assert len(asked) > 15
    for expression in asked:
        named = {name for name in LIBRARY.findall(expression) if name != "inscope_"}
        assert named <= counted, expression
    shown = {name for expression in asked for name in LIBRARY.findall(expression)}
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("inscope_")}
    assert all(any(name.startswith(family) for name in shown) for family in ours), "what is counted is shown"


def test_units_run_commands_of_ours() -> None:
    units = sorted((FOLDER / "systemd").glob("*.service"))
    assert len(units) == 3
    for unit in units:
        started = re.findall(r"/\.venv/bin/inscope (--config \S+ [a-z-]+)", unit.read_text("utf-8"))
        assert started
        for words in started:
            cli._parser().parse_args(words.split())
