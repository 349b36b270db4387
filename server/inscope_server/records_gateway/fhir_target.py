"""A FHIR server as the record: one transaction, which changes nothing when it comes again."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import aiohttp

from ..trust_in_certificates import distrusted
from .connection import Unreachable
from .document import write_document
from .fhir_bundle import write_bundle
from .settings import Settings
from .target import TargetRefused
from .verification import Verified

TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10)
FINAL = (400, 404, 413, 422)
"""What another try would not change: the server read the transaction and does not take it."""


class FhirTarget:
    """Implements target.Target. `timeout` is for tests."""

    kind: Literal["fhir"] = "fhir"

    def __init__(self, settings: Settings, timeout: aiohttp.ClientTimeout = TIMEOUT) -> None:
        self.settings, self.timeout, self.base = settings, timeout, settings.fhir_url.rstrip("/")
        token = settings.fhir_token()
        self.headers = {"Accept": "application/fhir+json", **({"Authorization": f"Bearer {token}"} if token else {})}

    async def find(self, filing: str, statement: str) -> str | None:
        query = {"identifier": f"urn:inscope:filing-statement|{statement}"}
        found = await self._ask("GET", f"{self.base}/DocumentReference", params=query)
        entries = found.get("entry") or []
        return f"DocumentReference/{entries[0]['resource']['id']}" if entries else None

    async def write(self, filed: Verified) -> str:
        document = await asyncio.to_thread(write_document, filed, self.settings)
        bundle = await asyncio.to_thread(write_bundle, filed, document, self.settings)
        await self._ask("POST", self.base, json=bundle)
        found = await self.find(filed.filing.filing, filed.statement)
        if found is None:
            raise Unreachable("the record took the transaction and does not show it yet")
        return found

    async def _ask(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        """Its JSON. The answer's text is not kept: it may speak of the patient."""
        try:
            async with (
                aiohttp.ClientSession(headers=self.headers, timeout=self.timeout) as http,
                http.request(method, url, allow_redirects=False, **request) as response,
            ):
                if response.status in FINAL and method == "POST":
                    raise TargetRefused(f"the record answers {response.status}")
                if response.status not in (200, 201):
                    raise Unreachable(f"the record answers {response.status}")
                told: dict[str, Any] = await response.json(content_type=None)
                return told
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unreachable(f"the record does not answer: {distrusted(error) or type(error).__name__}") from error
