"""A hospital's FHIR server, small: checks a transaction by fhir.resources, keeps it, and fails when told to."""

from __future__ import annotations

import asyncio
import importlib
import uuid
from typing import Any

from aiohttp import web

from servers.process import free_port

MODULES = {"R4": "fhir.resources.R4B", "R5": "fhir.resources"}


class FhirRecord:
    """`failures`: what happens to the next transactions, in order: a status, or `lost`: kept, never answered."""

    def __init__(self, release: str = "R4", token: str = "") -> None:
        self.release, self.token = release, token
        self.kept: dict[str, dict[str, Any]] = {}
        self.failures: list[str] = []
        self.transactions = 0
        self.runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application(client_max_size=200 * 1024 * 1024)
        app.router.add_post("/fhir", self.transaction)
        app.router.add_get("/fhir/{kind}", self.search)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        port = free_port()
        await web.TCPSite(self.runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}/fhir"

    async def close(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for place, one in self.kept.items() if place.startswith(f"{kind}/")]

    def _check(self, resource: dict[str, Any]) -> None:
        name = resource["resourceType"]
        model: Any = getattr(importlib.import_module(f"{MODULES[self.release]}.{name.lower()}"), name)
        model.model_validate(resource)

    async def transaction(self, request: web.Request) -> web.StreamResponse:
        self.transactions += 1
        failure = self.failures.pop(0) if self.failures else ""
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        if failure.isdigit():
            return web.Response(status=int(failure))
        bundle = await request.json()
        assert bundle["resourceType"] == "Bundle" and bundle["type"] == "transaction"
        for entry in bundle["entry"]:
            self._check(entry["resource"])
        told = self._store(bundle["entry"])
        if failure == "lost":
            await asyncio.sleep(60)
        return web.json_response({"resourceType": "Bundle", "type": "transaction-response", "entry": told})

    def _store(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All or nothing: references within the transaction lead to where each resource came to lie."""
        places = {entry["fullUrl"]: self._place(entry) for entry in entries}
        told = []
        for entry in entries:
            place, made = places[entry["fullUrl"]]
            if made:
                resource = _led(entry["resource"], {urn: where for urn, (where, _) in places.items()})
                self.kept[place] = {**resource, "id": place.split("/")[1]}
            told.append({"response": {"status": "201 Created" if made else "200 OK", "location": place}})
        return told

    def _place(self, entry: dict[str, Any]) -> tuple[str, bool]:
        request = entry["request"]
        if request["method"] == "PUT":
            return request["url"], True
        found = self._found(request["url"], request["ifNoneExist"].removeprefix("identifier="))
        return (found[0], False) if found else (f"{request['url']}/{uuid.uuid4()}", True)

    def _found(self, kind: str, token: str) -> list[str]:
        system, _, value = token.partition("|")
        wanted = {"system": system, "value": value}
        return [
            place for place, one in self.kept.items()
            if place.startswith(f"{kind}/") and wanted in one.get("identifier", [])
        ]  # fmt: skip

    async def search(self, request: web.Request) -> web.Response:
        found = self._found(request.match_info["kind"], request.query["identifier"])
        entries = [{"resource": self.kept[place]} for place in found]
        return web.json_response({"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries})


def _led(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _led(one, places) for key, one in value.items()}
    if isinstance(value, list):
        return [_led(one, places) for one in value]
    return places.get(value, value) if isinstance(value, str) else value
