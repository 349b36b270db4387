"""Export of a consent with its log, and import of a Consent as a draft (SPEC S11)."""

from __future__ import annotations

import asyncio
from typing import Any

from inscope_protocol.statements import parse_envelope
from inscope_protocol.types import Scope, decode_payload

from ..audit.service import Audit, Event
from ..caller import Caller
from ..consent.service import Consents
from ..database import Database
from ..errors import Refusal
from ..images.service import Images
from ..web.rate_limit import RateLimit
from . import bundle, reading
from .codes import Json, Release

MOST_ENTRIES = 500
EVENTS: tuple[Event, ...] = ("ask", "attach", "open", "add", "close")


class Fhir:
    """`origin`: this server's address, as the log's entries name it."""

    def __init__(self, database: Database, consents: Consents, images: Images, audit: Audit, origin: str) -> None:
        self.database, self.consents, self.images, self.audit = database, consents, images, audit
        self.origin = origin
        self.limit = RateLimit(consents.clock, per_minute=30, burst=30)

    async def export(self, caller: Caller, consent: str, release: Release) -> Json:
        """For whoever may read the consent: all its versions, and the newest entries of threads that they are in.

        Raises the uniform `not_found`, `rate_limited`.
        """
        self.limit.take(caller.person)
        envelopes = await self.consents.read(caller, consent)
        async with self.database.read() as tx:
            mine = set(await self.consents.threads.with_person(tx, caller.person))
        entries = [entry for entry in await self._entries(consent) if entry["thread"] in mine]
        whole = len(entries) <= MOST_ENTRIES
        return await asyncio.to_thread(self._write, envelopes, entries[-MOST_ENTRIES:], release, whole)

    async def export_whole(self, consent: str, release: Release) -> Json:
        """For the operator: the entries of every thread. Raises `not_found`."""
        async with self.database.read() as tx:
            envelopes = await self.consents.envelopes(tx, consent)
        if not envelopes:
            raise Refusal("not_found")
        return await asyncio.to_thread(self._write, envelopes, await self._entries(consent), release, True)

    async def read(self, caller: Caller, data: Any) -> Json:
        """The draft that a FHIR Consent makes; nothing is stored. Raises `fhir_refused`, `rate_limited`."""
        self.limit.take(caller.person)
        return await asyncio.to_thread(reading.read, data)

    async def _entries(self, consent: str) -> list[Json]:
        async with self.database.read() as tx:
            disclosures = await self.images.of_consent(tx, consent)
            return await self.audit.of_consent(tx, consent, disclosures, EVENTS)

    def _write(self, envelopes: list[Any], entries: list[Json], release: Release, whole: bool) -> Json:
        return bundle.write([_version(each) for each in envelopes], entries, release, self.origin, whole=whole)


def _version(envelope: Any) -> bundle.Version:
    parsed = parse_envelope(envelope)
    scope = decode_payload("consent", parsed.payload_bytes)
    if not isinstance(scope, Scope):
        raise TypeError("a stored consent is not a scope")
    return bundle.Version(scope, parsed)
