"""A case with one live image, a gateway, and filings of it by devices that speak to the API directly."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from inscope_protocol.encoding import decode_base64url, encode_base64url, labelled_hash
from inscope_protocol.labels import BLOB, BLOB_PART
from inscope_protocol.statements import envelope_object, sign
from inscope_protocol.types import Filing, Scope
from inscope_server.filing import store
from server.images.arena import Arena
from server.images.room import Room
from world.device import Answer, Device, new_id
from world.gateway import GatewayKeys


@dataclass
class Desk:
    arena: Arena
    gateway: GatewayKeys
    room: Room
    scope: Scope
    disclosure: str

    @classmethod
    async def of(cls, arena: Arena, **changes: Any) -> Desk:
        gateway = GatewayKeys(arena.intern.home)
        assert (await gateway.register()).status == 200
        return await cls.with_gateway(arena, gateway, **changes)

    @classmethod
    async def with_gateway(cls, arena: Arena, gateway: GatewayKeys, **changes: Any) -> Desk:
        room, scope = await arena.room(), await arena.consent(**changes)
        return cls(arena, gateway, room, scope, await room.attached(arena.intern, scope))

    def filing(self, by: Device, package: bytes, **changes: Any) -> Filing:
        said = {
            "filing": new_id("fil"),
            "organisation": self.gateway.home.organisation,
            "gateway": self.gateway.gateway,
            "thread": self.room.thread,
            "disclosure": self.disclosure,
            "disclosed": encode_base64url(os.urandom(32)),
            "consent": self.scope.consent,
            "version": self.scope.version,
            "package_hash": encode_base64url(labelled_hash(BLOB, labelled_hash(BLOB_PART, package))),
            "package_size": len(package),
            "person": by.me,
            "device": by.device,
            "at": by.running.clock.now(),
        }
        return Filing(**{**said, **changes})

    async def begin(self, by: Device, filing: Filing, seed: bytes | None = None) -> Answer:
        envelope = sign("filing", filing, by.device, seed or by.seed)
        return await by.call("POST", "/api/filings", {"filing": envelope_object(envelope)})

    async def upload(self, by: Device, filing: str, package: bytes, part: int = 0) -> Answer:
        assert by.http is not None
        headers = {"X-InScope-CSRF": by.csrf, "Content-Type": "application/octet-stream"}
        async with by.http.put(f"/api/filings/{filing}/parts/{part}", data=package, headers=headers) as response:
            return Answer(response.status, await response.json())

    async def filed(self, by: Device, package: bytes = b"sealed for the gateway", **changes: Any) -> Filing:
        """Begun, uploaded and sent: it waits for the gateway."""
        filing = self.filing(by, package, **changes)
        for answer in (
            await self.begin(by, filing),
            await self.upload(by, filing.filing, package),
            await by.call("POST", f"/api/filings/{filing.filing}/send", {}),
        ):
            assert answer.status == 200, answer
        return filing

    async def statement(self, filing: str) -> Any:
        """As the gateway is shown it."""
        listed = (await self.gateway.waiting()).data["filings"]
        return next(one for one in listed if filing_of(one) == filing)

    async def state(self, by: Device, filing: str) -> tuple[str, str | None]:
        answer = await by.call("GET", f"/api/filings/{filing}")
        assert answer.status == 200, answer
        return answer.data["state"], answer.data["code"]

    async def row(self, filing: str) -> Any:
        async with self.arena.intern.running.server.database.read() as tx:
            return await store.load(tx, filing)

    async def tombstones(self) -> list[dict[str, Any]]:
        log = await self.arena.intern.call("GET", f"/api/threads/{self.room.thread}/log?after=0&limit=500")
        return [entry for entry in log.data["entries"] if entry["kind"] == "tombstone"]

    async def events(self) -> list[tuple[str, str]]:
        """What the log of releases says of this image: (event, outcome)."""
        from inscope_server.audit.store import entries as logged

        async with self.arena.intern.running.server.database.read() as tx:
            rows = await tx.all(select(logged).order_by(logged.c.seq))
        return [(row.event, row.outcome) for row in rows if row.disclosure == self.disclosure]


def filing_of(statement: Any) -> str:
    """The filing that a statement is of."""
    return str(json.loads(decode_base64url(statement["payload"]))["filing"])
