"""The HTTP surface as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1), made of the route table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from inscope_protocol import types
from inscope_protocol.statements import Envelope

from ..errors import OTHERWISE, STATUS
from ..web.described import Media, Refused
from ..web.route import SAFE, Route
from .schemas import Json, Schemas

IN_A_PATH: dict[str, Any] = {
    "device": types.DeviceId, "thread": types.ThreadId, "consent": types.ConsentId, "blob": types.BlobId,
    "disclosure": types.DisclosureId, "filing": types.FilingId, "request": types.RequestId, "token": types.Bytes32,
    "part": Annotated[int, msgspec.Meta(ge=0, le=999)], "sheet": types.Role, "version": types.Counting,
    "language": types.Language, "style": str, "person": types.PersonId,
}  # fmt: skip
"""What stands at a name in braces: the same everywhere."""
PLACE = re.compile(r"{(\w+)(?::[^/]+)?}")


def described(routes: Sequence[Route], session_cookie: str) -> Json:
    """The whole description. An error is `Refused`, and the codes that a route can answer stand with its statuses."""
    bodies = [kind for route in routes for kind in (route.body, *route.answers.values()) if not isinstance(kind, Media)]
    schemas = Schemas(
        [Envelope, Refused, *IN_A_PATH.values(), *(route.query for route in routes), *filter(None, bodies)]
    )
    queries = {query: schemas.fields(query) for query in dict.fromkeys(route.query for route in routes)}
    paths: dict[str, Json] = {}
    for route in routes:
        path = PLACE.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schemas, queries[route.query])
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "InScope", "version": "1",
            "description": "Made of the route table by `inscope describe openapi`. What each call means: API.md.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {name: _refusal(codes, schemas) for name, codes in sorted(_refusals(routes).items())},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": session_cookie},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-InScope-CSRF"},
            },
        },
    }  # fmt: skip


def _operation(route: Route, schemas: Schemas, query: list[tuple[str, Json, bool]]) -> Json:
    named = [("path", name, schemas.of(IN_A_PATH[name]), True) for name in PLACE.findall(route.path)]
    named += [("query", name, schema, needed) for name, schema, needed in query]
    named += [("header", name, {"type": "string"}, True) for name in route.headers]
    operation: Json = {
        "operationId": _name(route),
        "security": _security(route),
        "parameters": [
            {"in": place, "name": name, "required": needed, "schema": schema} for place, name, schema, needed in named
        ],
        "responses": _responses(route, schemas),
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.body, schemas)}
    return operation


def _name(route: Route) -> str:
    words = re.findall(r"\w+", PLACE.sub(r"\1", route.path))
    return "_".join([route.method.lower(), *words])


def _security(route: Route) -> list[Json]:
    if route.access == "anyone":
        return []
    return [{"session": []} if route.method in SAFE else {"session": [], "csrf": []}]


def _content(kind: Any, schemas: Schemas) -> Json:
    if isinstance(kind, Media):
        return {name: {} for name in kind.types}
    return {"application/json": {"schema": schemas.of(kind)}}


def _responses(route: Route, schemas: Schemas) -> Json:
    responses = {status: _answer(status, kind, schemas) for status, kind in route.answers.items()}
    for status, codes in _by_status(route).items():
        if status in responses:
            responses[status]["content"] |= _refusal(codes, schemas)["content"]
        else:
            responses[status] = {"$ref": f"#/components/responses/{'.'.join(codes)}"}
    return {str(status): responses[status] for status in sorted(responses)}


def _by_status(route: Route) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for code in sorted(route.refusals):
        found.setdefault(STATUS.get(code, OTHERWISE), []).append(code)
    return found


def _refusals(routes: Sequence[Route]) -> dict[str, list[str]]:
    """Each set of codes that somewhere shares a status, by its name."""
    return {".".join(codes): codes for route in routes for codes in _by_status(route).values()}


def _refusal(codes: list[str], schemas: Schemas) -> Json:
    return {"description": ", ".join(codes), "content": {"application/json": {"schema": schemas.refusal(codes)}}}


def _answer(status: int, kind: Any, schemas: Schemas) -> Json:
    answer: Json = {"description": HTTPStatus(status).phrase, "content": _content(kind, schemas)}
    if isinstance(kind, Media) and kind.headers:
        answer["headers"] = {name: {"schema": {"type": "string"}} for name in kind.headers}
    return answer
