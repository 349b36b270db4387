"""A records gateway's keys in a test's hand: what a gateway could ask and say, honest or not."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from nacl import bindings
from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.filing import location_hash
from inscope_protocol.identifiers import make_identifier
from inscope_protocol.statements import envelope_object, parse_envelope, sign, statement_hash
from inscope_protocol.types import Filing, FilingReceipt, Gateway, GatewayRequest, decode_payload
from inscope_server.filing import store

from .device import Answer
from .organisation import YEAR, Organisation


@dataclass
class GatewayKeys:
    """`post` speaks to the server without a session, as gateways do."""

    home: Organisation
    gateway: str = field(default_factory=lambda: make_identifier("gat", os.urandom(16)))
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    sealing_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    serial: int = 0

    def statement(self, **changes: Any) -> Gateway:
        self.serial += 1
        now = self.home.running.clock.now()
        said = {
            "organisation": self.home.organisation,
            "gateway": self.gateway,
            "name": "Medical records",
            "signing_key": encode_base64url(bytes(SigningKey(self.seed).verify_key)),
            "sealing_key": encode_base64url(bindings.crypto_scalarmult_base(self.sealing_secret)),
            "serial": self.serial,
            "valid_from": now - 60_000,
            "valid_until": now + YEAR,
        }
        return Gateway(**{**said, **changes})

    async def register(self, seed: bytes | None = None, **changes: Any) -> Answer:
        """As the administrator does; `seed` signs instead of the organisation's key."""
        signed = sign("gateway", self.statement(**changes), self.home.organisation, seed or self.home.seed)
        return await self.post("/api/attestations", {"gateway": envelope_object(signed)})

    async def post(self, path: str, body: Any) -> Answer:
        async with aiohttp.ClientSession(self.home.running.origin) as http, http.post(path, json=body) as response:
            binary = response.content_type == "application/octet-stream"
            return Answer(response.status, await (response.read() if binary else response.json()))

    def request(self, ask: Any, filing: str | None = None, seed: bytes | None = None, **changes: Any) -> dict[str, Any]:
        now, origin = self.home.running.clock.now(), self.home.running.origin
        said = {"gateway": self.gateway, "origin": origin, "ask": ask, "filing": filing, "at": now}
        asked = GatewayRequest(**{**said, "nonce": encode_base64url(os.urandom(32)), **changes})
        return {"request": envelope_object(sign("gateway-request", asked, self.gateway, seed or self.seed))}

    async def waiting(self) -> Answer:
        return await self.post("/api/gateway/filings", self.request("filings"))

    async def waiting_now(self) -> list[Any]:
        """What the server would name at this moment, without waiting for anything to come."""
        async with self.home.running.server.database.read() as tx:
            return await store.of_gateway(tx, self.gateway, ("waiting", "fetched"), 50)

    async def fetch(self, filing: str) -> Answer:
        return await self.post("/api/gateway/package", self.request("package", filing))

    def receipt(self, envelope: Any, seed: bytes | None = None, **changes: Any) -> dict[str, Any]:
        """For a filing statement as the server hands it over."""
        parsed = parse_envelope(envelope)
        filing = decode_payload("filing", parsed.payload_bytes)
        assert isinstance(filing, Filing)
        said = {
            "filing": filing.filing,
            "statement": encode_base64url(statement_hash(parsed)),
            "organisation": filing.organisation,
            "gateway": self.gateway,
            "disclosure": filing.disclosure,
            "outcome": "filed",
            "target": "folder",
            "location": encode_base64url(location_hash("a folder")),
            "code": None,
            "at": self.home.running.clock.now(),
        }
        told = FilingReceipt(**{**said, **changes})
        return {"receipt": envelope_object(sign("filing-receipt", told, self.gateway, seed or self.seed))}

    async def acknowledge(self, envelope: Any, **changes: Any) -> Answer:
        return await self.post("/api/gateway/receipts", self.receipt(envelope, **changes))
