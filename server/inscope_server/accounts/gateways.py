"""Records gateways: what organisations sign of them, and what they ask of the server (SPEC S12.1, S12.6)."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from sqlalchemy import select

from inscope_protocol.encoding import decode_base64url
from inscope_protocol.types import Gateway, GatewayRequest, encode_payload

from ..clock import Clock
from ..database import Database, Transaction
from ..errors import Refusal
from ..web.rate_limit import RateLimit
from . import rules, session_store, store
from .enrolment import organisation_key
from .signed import claimed_signer, handed_on, stored, verified
from .tables import gateways, known_organisations

T = TypeVar("T")
_gateway = msgspec.json.Decoder(Gateway)


class Gateways:
    """`origin`: this server's, which every request of a gateway must name."""

    def __init__(self, database: Database, clock: Clock, origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin
        self.requests = RateLimit(clock, per_minute=240, burst=120)

    async def introduce(self, envelope: object) -> None:
        """Makes this the organisation's gateway. Raises `stale_statement` for no higher serial, or ProtocolError."""
        parsed, signer = claimed_signer(envelope, "org")
        async with self.database.write() as tx:
            key = await organisation_key(tx, signer, lock=True)
            said = verified(parsed, "gateway", Gateway, signer, key)
            before = await _row(tx, gateways.c.organisation == signer)
            taken = await _row(tx, gateways.c.gateway == said.gateway)
            rules.check_gateway(said, signer, None if before is None else before.serial)
            if taken is not None and taken.organisation != signer:
                raise Refusal("malformed", "Another organisation has a gateway with this identifier.")
            row = {"organisation": signer, "gateway": said.gateway, "serial": said.serial}
            row |= {"payload": encode_payload(said), "envelope": stored(parsed)}
            await store.upsert(tx, gateways, row)

    async def known_to(self, tx: Transaction, organisation: str) -> list[Any]:
        """The signed statements about gateways of organisations that this one knows, its own among them."""
        query = select(gateways.c.envelope).join(
            known_organisations,
            (known_organisations.c.organisation == gateways.c.organisation)
            & (known_organisations.c.knower == organisation),
        )
        return [handed_on(row.envelope) for row in await tx.all(query.order_by(gateways.c.organisation))]

    async def of(self, tx: Transaction, organisation: str) -> Gateway | None:
        """The gateway that stands and is within its time."""
        row = await _row(tx, gateways.c.organisation == organisation)
        return None if row is None else self._current(row)

    async def envelope(self, tx: Transaction, organisation: str) -> Any:
        row = await _row(tx, gateways.c.organisation == organisation)
        return None if row is None else handed_on(row.envelope)

    async def asked(self, tx: Transaction, envelope: object, ask: str) -> tuple[Gateway, GatewayRequest]:
        """Who asks, and what (S12.6). Each request is good once. Raises `not_signed_in`, `stale_statement`."""
        gateway, request = await self.signed(tx, envelope, "gateway-request", GatewayRequest)
        now = self.clock.now()
        rules.check_gateway_request(request, gateway.gateway, ask, self.origin, now)
        nonce, until = decode_base64url(request.nonce), now + 2 * rules.REQUEST_AGE
        if not await session_store.add_nonce(tx, nonce, gateway.gateway, until):
            raise rules.stale()
        return gateway, request

    async def signed(self, tx: Transaction, envelope: object, name: str, kind: type[T]) -> tuple[Gateway, T]:
        """A statement by a gateway that stands; `not_signed_in` for any other."""
        parsed, signer = claimed_signer(envelope, "gat")
        row = await _row(tx, gateways.c.gateway == signer)
        gateway = None if row is None else self._current(row)
        if gateway is None:
            raise Refusal("not_signed_in", "No organisation says that this is its gateway.", "ask_administrator")
        said = verified(parsed, name, kind, signer, decode_base64url(gateway.signing_key))
        self.requests.take(gateway.gateway)
        return gateway, said

    def _current(self, row: Any) -> Gateway | None:
        said = _gateway.decode(row.payload)
        return said if said.valid_from <= self.clock.now() < said.valid_until else None


async def _row(tx: Transaction, where: Any) -> Any:
    return await tx.first(select(gateways).where(where))
