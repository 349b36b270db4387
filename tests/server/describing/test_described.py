"""The descriptions in protocol/: what the code gives now, whole, and valid by the rules of their own formats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from aiohttp import web

from inscope_server.config import Config
from inscope_server.describing.command import written
from world.running import POLICIES, ROOT, SHEETS, Running

PROTOCOL = ROOT / "protocol"
NOT_IN_THE_TABLE = ("/", "/{}", "/socket/")
"""The client's files, as they were built, and the socket's door."""


def kept(what: str) -> Any:
    return json.loads((PROTOCOL / f"{what}.json").read_text("utf-8"))


def plain(path: str) -> str:
    return re.sub(r"{[^{}]+}", "{}", path)


def calls_described() -> set[tuple[str, str]]:
    return {(method.upper(), plain(path)) for path, calls in kept("openapi")["paths"].items() for method in calls}


@pytest.mark.parametrize("what", ["openapi", "asyncapi"])
def test_the_file_is_what_the_code_gives(what: str) -> None:
    said = (PROTOCOL / f"{what}.json").read_text("utf-8")
    made = written(what, Config(sheets_dir=str(SHEETS), policies_dir=str(POLICIES)))
    assert made == said, f"run `inscope describe {what} > protocol/{what}.json`"


def test_every_call_that_the_running_server_answers_is_described(server: Running) -> None:
    def served(app: web.Application) -> Iterator[tuple[str, str]]:
        for route in app.router.routes():
            path = (route.resource.canonical if route.resource else "") or ""
            if route.method != "HEAD" or path.startswith("/api/uploads"):
                yield route.method, plain(path)

    answered = {call for call in served(server.runner.app) if call[1] not in NOT_IN_THE_TABLE}
    assert answered == calls_described()


def test_the_page_for_people_names_the_same_calls() -> None:
    page = (PROTOCOL / "API.md").read_text("utf-8")
    named = re.findall(r"`(GET|HEAD|POST|PUT|PATCH|DELETE) (/[^`\s?]*)", page)
    assert {(method, plain(path)) for method, path in named} == calls_described()


def test_openapi_is_valid() -> None:
    schemathesis.openapi.from_dict(kept("openapi")).validate()


@pytest.mark.parametrize("what", ["openapi", "asyncapi"])
def test_every_schema_is_one_and_every_reference_leads_somewhere(what: str) -> None:
    described = kept(what)
    jsonschema_rs.meta.validate(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": schemas(described)}
    )
    for reference in references(described):
        place: Any = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/")]
    unused = {f"#/components/schemas/{name}" for name in schemas(described)} - set(references(described))
    assert unused == set()


def schemas(described: Any) -> Any:
    return described["components"]["schemas"]


def references(described: Any) -> Iterator[str]:
    if isinstance(described, dict):
        yield from ([described["$ref"]] if "$ref" in described else [])
        described = list(described.values())
    if isinstance(described, list):
        for inner in described:
            yield from references(inner)


def test_the_socket_says_what_it_hears_and_what_it_tells() -> None:
    described = kept("asyncapi")
    acts = {name: operation["action"] for name, operation in described["operations"].items()}
    assert acts == {"send": "receive", "entry": "send", "welcome": "send", "changed": "send", "goodbye": "send"}
    page = (PROTOCOL / "API.md").read_text("utf-8").partition("## Socket.IO")[2]
    assert all(f"`{name}" in page for name in acts)
