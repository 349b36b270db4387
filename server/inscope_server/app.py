"""Composes the application: one database, one clock, the features in their order, the socket, the route table."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from . import collector
from .accounts import api as accounts_api
from .accounts import device_links_api
from .accounts.service import Accounts
from .administration import api as administration_api
from .administration.service import Administration
from .audit import api as audit_api
from .audit.log_key import LogKey
from .audit.service import Audit
from .audit.signed_log import require_log_key
from .authority import api as authority_api
from .authority.contract import Authority
from .authority.remote import RemoteAuthority
from .authority.service import LocalAuthority
from .authority.wire import shared_secret
from .caller import Caller
from .changes import Changes
from .client_files.releases import Releases
from .clock import Clock
from .config import Config
from .consent import api as consent_api
from .consent.policies import Policies
from .consent.service import Consents
from .database import Database, Transaction
from .directory import api as directory_api
from .directory.service import Directory
from .fhir import api as fhir_api
from .fhir.service import Fhir
from .filing import api as filing_api
from .filing.packages import Packages
from .filing.service import Filings
from .filing.sweeper import FilingSweeper
from .images import api as images_api
from .images.blobs import BlobStore
from .images.downloading import Downloading
from .images.gate import ImageGate
from .images.retention import Retention
from .images.service import Images
from .images.sweeper import Sweeper
from .images.tus import upload_routes
from .images.uploading import Uploading
from .keeping.log_copy import LogCopy
from .notifications import api as notifications_api
from .notifications.delivery import PushedDelivery
from .notifications.push_service import PushServices
from .notifications.pushing import Pushing
from .notifications.service import Notifications
from .observing.instruments import SOCKETS, SWEEPS, WAITING
from .observing.logs import start_log
from .observing.operations import Operations
from .observing.parts import parts_of
from .observing.requests import observed
from .observing.traces import Traces
from .open_files import raise_limit
from .patients import api as patients_api
from .patients import pages as patient_pages
from .patients.answers import Answers
from .patients.claims import VisitClaims
from .patients.codes import Codes
from .patients.copies import Copies
from .patients.desk import Desk
from .patients.looking_back import LookingBack
from .patients.naming import Naming
from .patients.questions import Questions
from .patients.sessions import PatientSessions
from .patients.typesetting import Typesetter
from .patients.waiting import Waiting
from .patients.wording import Wording
from .reviews import api as reviews_api
from .reviews.service import Reviews
from .schema import check_schema
from .sheets import api as sheets_api
from .sheets.service import Sheets
from .threads import api as threads_api
from .threads.sending import Sending
from .threads.service import Threads
from .web.address import Address
from .web.client import Client
from .web.guard import Guard
from .web.headers import security_headers
from .web.http_server import serve
from .web.pages import Pages
from .web.queue_entries import QueueEntries
from .web.rate_limit import RateLimit
from .web.route import Route
from .web.shared_limits import TAKEN, SharedLimits
from .web.socket import Socket

log = logging.getLogger("inscope")
SWEEP_SECONDS = 4.0
"""What a sweep ends is over within five seconds, a busy moment included."""


class Server:
    """Every part of one process, wired together. `clock` lets tests hold time still."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        self.config, self.clock = config, clock or Clock()
        self.database, self.changes, self.traces = Database(config.database), Changes(), Traces()
        self.audit = Audit(self.database, self.clock, LogKey.open(config.log_key))
        self.accounts = Accounts(self.database, self.clock, self.audit, self.changes, config)
        self.directory = Directory(self.database, self.clock, self.accounts, config)
        entries = QueueEntries(self.clock, self.audit.key.secret_for("queue entries"))
        self.socket = Socket(self.accounts, config.origin, config.redis_url, entries, self.traces, self._send)
        self.threads = Threads(self.database, self.clock, self.accounts, self.socket, config.suite)
        self.sending = Sending(self.threads)
        policies = Policies(config.policies_dir, config.policy)
        self.sheets = Sheets(config.sheets_dir)
        self.consents = Consents(
            self.database, self.clock, self.accounts, self.threads, self.audit, self.changes, policies, self.sheets
        )
        self.authority = self._authority()
        self.gate = ImageGate(
            self.database, self.clock, self.accounts, self.threads, self.consents, self.audit,
            Retention.read(config.retention_file),
        )  # fmt: skip
        self.blobs = BlobStore(config.blobs)
        self.releases = Releases(self.blobs, self.clock, self.audit.key)
        self.images = Images(self.gate, self.authority)
        self.uploading, self.downloading = Uploading(self.images, self.blobs), Downloading(self.images, self.blobs)
        self.sweeper = Sweeper(self.gate, self.blobs)
        self.filings = Filings(self.gate)
        self.packages = Packages(self.database, self.clock, self.blobs)
        self.filing_sweeper = FilingSweeper(self.filings, self.packages)
        self.pages = Pages()
        patient_sessions = PatientSessions(self.database, self.clock)
        self.codes = Codes()
        self.naming = Naming(self.accounts, self.directory, self.threads)
        self.questions = Questions(
            self.database, self.clock, self.consents, self.threads, self.authority, self.audit, patient_sessions,
            self.naming, self.codes,
        )  # fmt: skip
        self.answers, self.waiting = Answers(self.questions), Waiting(self.questions)
        self.looking_back = LookingBack(
            self.database, self.clock, self.consents, self.images, self.filings, self.authority, patient_sessions,
            self.waiting, self.codes,
        )  # fmt: skip
        wording = Wording(config.time_zone, str(config.policy_name["profile"]))
        self.desk = Desk(self.naming, self.sheets, self.pages, wording, config.origin)
        self.copies = Copies(self.looking_back, patient_sessions, self.desk, Typesetter(config.pdf_font_file))
        self.reviews = Reviews(
            self.database, self.clock, self.accounts, self.threads, self.consents, self.images, self.audit
        )
        self.administration = Administration(
            self.database, self.clock, self.accounts, self.threads, self.audit, config.time_zone
        )
        push, services = self._push_services(), config.push_services.split()
        self.notifications = Notifications(self.database, self.clock, push.key.public if push else None, services)
        self.pushing = Pushing(self.database, self.clock, self.accounts, self.threads, push, services)
        self.fhir = Fhir(self.database, self.consents, self.images, self.audit, config.origin)
        self.log_copy = self._log_copy()
        followed = None if self.log_copy is None else self.log_copy.follow
        parts = parts_of(config, self.database, self.blobs, self.authority, followed)
        self.operations = Operations(parts, self._measure)
        self._connect()

    def _log_copy(self) -> LogCopy | None:
        if not self.config.log_copy_file:
            return None
        copy = LogCopy(Path(self.config.log_copy_file), self.database, self.audit, self.consents, self.accounts)
        self.audit.copied = copy.follow
        return copy

    def _authority(self) -> Authority:
        if self.config.authority_url:
            return RemoteAuthority(self.config.authority_url, shared_secret(self.config.authority_secret))
        claims = VisitClaims(self.database, self.clock)
        return LocalAuthority(self.database, self.clock, claims, self.config.authority_key)

    def _push_services(self) -> PushServices | None:
        """Only where some are named: what signs for them takes a while to load."""
        if not self.config.push_services:
            return None
        from .notifications.push_key import PushKey

        return PushServices(PushKey.open(self.config.push_key, self.config.push_contact))

    def _connect(self) -> None:
        """Where a lower feature must be heard by a higher one."""
        if self.notifications.key:
            self.threads.delivery = PushedDelivery(self.socket, self.pushing)
        self.threads.gate = self.gate
        self.consents.shares_image = self.images.shares
        self.consents.seen_by = self.images.seen_by
        self.consents.as_answered = self.waiting.as_answered
        self.accounts.also_tells["authority"] = self.authority.identity
        self.changes.on_consent(self.gate.consent_changed)
        self.changes.on_consent(self.filings.consent_changed)
        self.changes.on_consent(self.reviews.consent_changed)
        self.changes.on_person(self.gate.person_changed)
        self.changes.on_person(self._look_again_at)
        self.changes.on_device_ended(lambda device: self.socket.goodbye(device, "not_signed_in"))
        self.socket.hears[TAKEN] = SharedLimits(self.limits(), self.socket.tell).hear

    def limits(self) -> dict[str, RateLimit]:
        """Every rate limit, by the name that all processes know it by."""
        return {
            "wrong invitations": self.accounts.enrolments.wrong_tokens,
            "links to devices": self.accounts.device_links.offers,
            "wrong links to devices": self.accounts.device_links.wrong_tokens,
            "attesters": self.accounts.enrolments.requests,
            "gateways": self.accounts.gateways.requests,
            "searches": self.directory.searches,
            "key packages": self.directory.claims,
            "key packages of one": self.directory.claims_of_one,
            "commits": self.threads.commits,
            "questions about images": self.images.questions,
            "reports": self.images.reports,
            "looks": self.images.looks,
            "questions to patients": self.questions.limit,
            "links for patients": self.looking_back.limit,
            "copies": self.copies.limit,
            "reviews": self.reviews.limit,
            "administration": self.administration.limit,
            "devices ended": self.administration.revocations,
            "fhir": self.fhir.limit,
            "notifications": self.notifications.limit,
        }

    async def _look_again_at(self, tx: Transaction, person: str) -> list[str]:
        tx.after_commit(lambda: self.socket.person_changed(person))
        return []

    async def _send(self, caller: Caller, data: Any) -> dict[str, int]:
        return await threads_api.socket_send(self.sending, caller, data)

    def routes(self) -> list[Route]:
        """The whole HTTP surface (API.md)."""
        return [
            *accounts_api.routes(self.accounts),
            *device_links_api.routes(self.accounts.device_links),
            *directory_api.routes(self.directory),
            *threads_api.routes(self.threads, self.sending),
            *consent_api.routes(self.consents),
            *audit_api.routes(self.audit),
            *authority_api.routes(self.authority, self.consents),
            *images_api.disclosure_routes(self.images, self.gate, self.threads),
            *images_api.blob_routes(self.downloading),
            *upload_routes(self.uploading),
            *filing_api.device_routes(self.filings, self.packages),
            *filing_api.gateway_routes(self.filings, self.packages, self.authority),
            *sheets_api.routes(self.sheets, self.pages),
            *self.pages.routes(),
            *patients_api.routes(self.questions, self.looking_back),
            *patient_pages.routes(self.questions, self.answers, self.looking_back, self.copies, self.desk),
            *reviews_api.routes(self.reviews),
            *administration_api.routes(self.administration),
            *fhir_api.routes(self.fhir),
            *notifications_api.routes(self.notifications),
        ]

    def application(self) -> web.Application:
        guard = Guard(self.accounts, self.config)
        app = web.Application(middlewares=[guard.socket_door])
        app.on_response_prepare.append(security_headers)
        for route in self.routes():
            app.router.add_route(route.method, route.path, observed(route, guard.wrap(route), self.traces))
        self.socket.server.attach(app, socketio_path="socket")
        client = Client(self.config.client_dir, self.pages, self.releases.find)
        app.router.add_get("/", client.page)
        app.router.add_get("/{name:(?!api/).+}", client.file)
        if self.config.operations_port:
            address = Address(self.config.operations_host, self.config.operations_port, "operations_port")
            app.cleanup_ctx.append(lambda _app: self.operations.serve(address))
        app.cleanup_ctx.append(self._background)
        app.on_shutdown.append(self._finish)
        return app

    async def _background(self, _app: web.Application) -> AsyncIterator[None]:
        try:
            self.traces.start(self.config.traces_endpoint, self.config.traces_ratio)
            await self.database.reach()
            await check_schema(self.database)
            await self.audit.settle_key()
            if self.log_copy is not None:
                await self.log_copy.start()
            await self.authority.start()
        except Exception:
            await self.database.close()
            raise
        self.socket.start()
        self.sending.start()
        self.pushing.start()
        # Each by itself: one that takes long does not hold up the other.
        sweeps = {
            "sockets": self.socket.sweep, "images": self.sweeper.sweep, "filings": self.filing_sweeper.sweep,
            "pushes": self.pushing.sweep,
        }  # fmt: skip
        if self.log_copy is not None:
            sweeps["log copy"] = self.log_copy.follow
        sweeping = [asyncio.create_task(_for_ever(name, sweep)) for name, sweep in sweeps.items()]
        yield
        for task in sweeping:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.pushing.close()
        await self.socket.close()
        await self.authority.close()
        self.codes.close()
        await self.database.close()
        await self.traces.close()

    def _measure(self) -> None:
        SOCKETS.set(len(self.socket.connections.all()))
        WAITING.set(len(self.sending.waiting))

    async def drain(self) -> None:
        """The sign to end has come: balancers are told, and have a while to send what is new elsewhere."""
        self.operations.draining = True
        log.info("ends in %s s", self.config.drain_seconds)
        await asyncio.sleep(self.config.drain_seconds)

    async def _finish(self, _app: web.Application) -> None:
        """What was accepted is committed and acknowledged; then devices are let go, and connect to another process."""
        await self.sending.stop()
        await self.socket.let_go()


async def _for_ever(name: str, sweep: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await sweep()
            SWEEPS.labels(name).set_to_current_time()
        except Exception:
            log.exception("a sweep failed and will be tried again")


def run(config: Config) -> None:
    """Serves until SIGINT or SIGTERM, then lets what was accepted finish."""
    import uvloop

    start_log(config.log_format)
    raise_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(_serve(config))


async def check_log_key(config: Config) -> None:
    """Before a `Server` is made, which makes a key where there is none. Raises ConfigError."""
    database = Database(config.database)
    try:
        await require_log_key(config.log_key, database)
    finally:
        await database.close()


async def _serve(config: Config) -> None:
    await check_log_key(config)
    server = Server(config)
    application = server.application()
    application.on_startup.append(_settle)
    await serve(application, Address(config.host, config.port, "port"), server.drain)


async def _settle(_app: web.Application) -> None:
    collector.settle()
