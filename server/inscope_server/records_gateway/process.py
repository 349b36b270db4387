"""The gateway's work: ask, fetch, verify, write, acknowledge; and again, until each filing has its receipt."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from typing import Any

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.filing import location_hash
from inscope_protocol.statements import envelope_object, parse_envelope, sign, statement_hash
from inscope_protocol.types import Filing, FilingReceipt, decode_payload

from ..clock import Clock
from ..consent.policies import Policies
from ..observing.spans import Span, current, part
from ..observing.traces import Traces
from .connection import Connection, Refused, Unreachable
from .dicom_target import DicomTarget
from .fhir_target import FhirTarget
from .folder_target import FolderTarget
from .journal import Journal
from .keys import Keys
from .settings import Settings
from .starting import look, where
from .target import Target, TargetRefused
from .verification import FilingRefused, Told, Verification

log = logging.getLogger("inscope")
TARGETS: dict[str, Callable[[Settings], Target]] = {"folder": FolderTarget, "fhir": FhirTarget, "dicom": DicomTarget}
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0


class RecordsGateway:
    """`clock` and `target` let tests hold time and the record in their hands."""

    def __init__(self, settings: Settings, clock: Clock | None = None, target: Target | None = None) -> None:
        look(settings)
        self.settings, self.clock = settings, clock or Clock()
        self.traces = Traces("inscope-records-gateway")
        self.keys, self.own = Keys.open(settings.data), settings.organisation()
        self.journal = Journal(settings.data)
        self.verification = Verification(self.keys, self.own, Policies(settings.policies_dir, "base-1"))
        self.target = target or TARGETS[settings.target](settings)

    async def run(self) -> None:
        """For ever. What fails is tried again, after a second at first and after five minutes at most."""
        wait = FIRST_WAIT
        async with Connection(self.settings.origin, self.keys, self.clock) as connection:
            while True:
                done = await self.round(connection)
                wait = FIRST_WAIT if done else min(2 * wait, LONGEST_WAIT)
                if not done:
                    await asyncio.sleep(wait / 2)

    async def round(self, connection: Connection) -> bool:
        """One question, and all that it brings; False when something is to be tried again."""
        try:
            told = await connection.waiting()
            statements = list(told["filings"])
            beside = Told(told["organisations"], self.journal.authority(told["authority"]))
        except (Unreachable, Refused) as error:
            log.warning("nothing can be fetched: %s", error)
            return False
        except (KeyError, TypeError):
            log.warning("nothing can be fetched: the server does not answer as agreed")
            return False
        return all([await self._quietly(connection, one, beside) for one in statements])

    async def _quietly(self, connection: Connection, statement: Any, told: Told) -> bool:
        """One filing that fails never holds up the others. Nothing of what is filed is logged, or traced."""
        name = "a filing"
        with self.traces.work("filing") as span:
            try:
                filing, digest = _claimed(statement)
                name = filing.filing
                await self.file(connection, filing, digest, statement, told)
            except (Unreachable, Refused) as error:
                _fails(span, error.code)
                log.warning("%s waits: %s", name, error)
            except Exception as error:
                _fails(span, "unforeseen", fault=True)
                log.error("%s failed, and will be tried again: %s", name, type(error).__name__)
            else:
                return True
        return False

    async def file(self, connection: Connection, filing: Filing, digest: str, statement: Any, told: Told) -> None:
        """From whatever was done of it before. Raises Unreachable, Refused."""
        receipt = self.journal.receipt(filing.filing)
        if receipt is None:
            receipt = await self._take(connection, filing, digest, statement, told)
            if receipt is None:
                return
            self.journal.keep(filing.filing, receipt)
        with part("receipt"):
            await connection.acknowledge(receipt)
        log.info("%s is acknowledged", filing.filing)

    async def _take(self, connection: Connection, filing: Filing, digest: str, statement: Any, told: Told) -> Any:
        """A signed receipt, or None for what the server stopped meanwhile."""
        try:
            with part("fetch"):
                sealed = await connection.package(filing.filing)
        except Refused as refusal:
            if refusal.code in ("denied", "not_found"):
                return None
            raise
        try:
            location = await self._written(filing.filing, digest, statement, sealed, told)
        except FilingRefused as refused:
            _fails(current(), refused.code)
            return self._receipt(filing, digest, None, refused.code)
        except TargetRefused as refused:
            _fails(current(), "target_refused")
            log.warning("%s is refused: %s", filing.filing, refused)
            return self._receipt(filing, digest, None, "target_refused")
        return self._receipt(filing, digest, location, None)

    async def _written(self, filing: str, digest: str, statement: Any, sealed: bytes, told: Told) -> str:
        """What was written before a crash was verified before it was written: it is acknowledged as it lies there."""
        with part("find"):
            found = await self.target.find(filing, digest)
        if found is not None:
            return found
        with part("open", here=True):
            opened = await asyncio.to_thread(self.verification.open, statement, sealed)
        with part("verify", here=True):
            verified = await asyncio.to_thread(self.verification.verify, opened, told, self.clock.now())
        with part("write"):
            return await self.target.write(verified)

    def _receipt(self, filing: Filing, digest: str, location: str | None, code: str | None) -> Any:
        said = FilingReceipt(
            filing=filing.filing, statement=digest, organisation=filing.organisation, gateway=self.keys.gateway,
            disclosure=filing.disclosure, outcome="refused" if location is None else "filed", target=self.target.kind,
            location=None if location is None else encode_base64url(location_hash(location)), code=code,
            at=self.clock.now(),
        )  # fmt: skip
        return envelope_object(sign("filing-receipt", said, self.keys.gateway, self.keys.seed))


def _claimed(statement: Any) -> tuple[Filing, str]:
    """What is said to be filed, before any signature is checked, and the hash of its statement."""
    envelope = parse_envelope(statement)
    filing = decode_payload("filing", envelope.payload_bytes)
    if not isinstance(filing, Filing):
        raise TypeError("the server lists what is no filing")
    return filing, encode_base64url(statement_hash(envelope))


def _fails(span: Span | None, code: str, *, fault: bool = False) -> None:
    if span is not None:
        span.failed(code, fault=fault)


def run(settings: Settings) -> None:
    """Until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(_run(RecordsGateway(settings)))


async def _run(gateway: RecordsGateway) -> None:
    """At the end, what a collector has not heard yet is told it; a filing that was under way begins anew."""
    log.info("asks %s, and files into %s", gateway.settings.origin, where(gateway.settings))
    gateway.traces.start(gateway.settings.traces_endpoint, gateway.settings.traces_ratio)
    work = asyncio.ensure_future(gateway.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await work
    finally:
        await gateway.traces.close()
