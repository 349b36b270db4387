"""Looking back: what was agreed to, who can see it, who saw it, and taking it back (SPEC S5.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inscope_protocol.patient_link import patient_token_hash
from inscope_protocol.statements import Envelope
from inscope_protocol.types import RecordedByPatient, Scope

from ..authority.contract import Authority
from ..caller import Caller
from ..clock import Clock
from ..consent.service import Consents
from ..database import Database, Transaction
from ..errors import Refusal
from ..images.service import Closing, Images, Shared
from ..web.rate_limit import RateLimit
from . import codes, rules, store
from .questions import new_link
from .sessions import PatientSessions, Visit


@dataclass(frozen=True)
class Locked:
    """A visit that has not said the code yet. `until`: when it may try again, or 0; `ended`: never again."""

    until: int
    ended: bool


@dataclass(frozen=True)
class View:
    """What the patient is shown. `openings`: (person, at), newest first, of images that are gone too.

    `losses`: how many images would close without a single tick, by (the list, the place in it); not where none would.
    """

    scope: Scope
    organisation: str
    images: list[Shared]
    openings: list[tuple[str, int]]
    losses: dict[tuple[str, int], int]


class LookingBack:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        consents: Consents,
        images: Images,
        authority: Authority,
        sessions: PatientSessions,
    ) -> None:
        self.database, self.clock, self.consents = database, clock, consents
        self.images, self.authority, self.sessions = images, authority, sessions
        self.limit = RateLimit(clock, per_minute=60, burst=30)

    async def make_link(self, caller: Caller, consent: str, code: str) -> str:
        """A link's token for a patient who answered by word of mouth or on paper. Earlier links end.

        For who may change the consent: a reader alone, who cannot withdraw it, could do so by the patient's page.
        """
        self.limit.take(caller.person)
        code_hash = await codes.hash_code(code)
        async with self.database.write() as tx:
            if not await self.consents.may_amend(tx, caller, consent):
                raise Refusal("not_found")
            await store.drop_links(tx, consent)
            return await new_link(tx, self.clock, consent, caller.organisation, code_hash)

    async def open(self, token: bytes) -> str | None:
        """Exchanges a link for the secret of a visit, which still has to say the code."""
        async with self.database.write() as tx:
            row = await store.link(tx, patient_token_hash(token))
            return None if row is None else await self.sessions.open(tx, "look", row.token_hash)

    async def say_code(self, cookie: str, said: str) -> bool:
        """Whether the code is right; counts what is wrong, for all visits by this link."""
        visit, row = await self._link_of(cookie)
        if visit is None or row is None or self._locked(row):
            return False
        right = await codes.is_code(row.code_hash, codes.spelled(said))
        async with self.database.write() as tx:
            row = await store.link(tx, visit.of, lock=True)
            if row is None or self._locked(row):
                return False
            if right:
                await store.count_failure(tx, visit.of, 0, 0)
                await store.prove_visit(tx, visit.secret_hash)
            else:
                failures = row.failures + 1
                await store.count_failure(tx, visit.of, failures, codes.locked_until(failures, self.clock.now()))
        return right

    def _locked(self, row: Any) -> bool:
        return bool(row.failures >= codes.FAILURES_BEFORE_END or row.locked_until > self.clock.now())

    async def _link_of(self, cookie: str) -> tuple[Visit | None, Any]:
        async with self.database.read() as tx:
            visit = await self.sessions.find(tx, cookie, "look")
            return visit, None if visit is None else await store.link(tx, visit.of)

    async def view(self, cookie: str) -> View | Locked | None:
        """None without a visit; Locked until the code was said."""
        visit, row = await self._link_of(cookie)
        if visit is None or row is None:
            return None
        if not visit.proven:
            until = row.locked_until if row.locked_until > self.clock.now() else 0
            return Locked(until, row.failures >= codes.FAILURES_BEFORE_END)
        async with self.database.read() as tx:
            standing = await self.consents.standing(tx, row.consent)
            if standing is None:
                return None
            images = await self.images.shared_under(tx, row.consent)
            openings = await self.images.opened_under(tx, row.consent)
            losses = await self._losses(tx, standing.scope)
        return View(standing.scope, row.organisation, images, openings, losses)

    async def _losses(self, tx: Transaction, scope: Scope) -> dict[tuple[str, int], int]:
        if scope.decision != "given":
            return {}
        less = list(rules.one_less(scope))
        closing = await self.images.closing_under(tx, scope.consent, [after for _, _, after in less])
        return {(name, place): len(one) for (name, place, _), one in zip(less, closing, strict=True) if one}

    async def would_close(self, cookie: str, version: int, chosen: rules.Chosen) -> list[Closing]:
        """What `take_away` would close; nothing where it would not be done."""
        visit, row = await self._link_of(cookie)
        if visit is None or row is None or not visit.proven:
            return []
        async with self.database.read() as tx:
            standing = await self.consents.standing(tx, row.consent)
            if standing is None or (standing.scope.version, standing.scope.decision) != (version, "given"):
                return []
            after = rules.taken_away(standing.scope, chosen)
            return (await self.images.closing_under(tx, row.consent, [after]))[0]

    async def take_away(self, cookie: str, version: int, chosen: rules.Chosen) -> bool:
        """Keeps only what is still ticked. `version`: the one that the page showed."""
        return await self._change(cookie, version, lambda before: rules.taken_away(before, chosen))

    async def withdraw(self, cookie: str) -> bool:
        return await self._change(cookie, None, rules.withdrawn)

    async def _change(self, cookie: str, version: int | None, take_away: Callable[[Scope], Scope]) -> bool:
        """False without a proven visit, or where the consent has changed or ended meanwhile: look again."""
        visit, row = await self._link_of(cookie)
        if visit is None or row is None or not visit.proven:
            return False

        author = RecordedByPatient(self.authority.identity()["authority"])

        def checked(before: Scope) -> Scope:
            if before.decision != "given" or version not in (None, before.version):
                raise Refusal("consent_conflict")
            return take_away(before)

        async def sign(scope: Scope) -> Envelope:
            return await self.authority.version(scope, cookie)

        async def record(tx: Transaction) -> Scope:
            return await self.consents.record_by_patient(tx, row.consent, author, checked, sign)

        try:
            await self.database.run(record)
        except Refusal as refusal:
            if refusal.code != "consent_conflict":
                raise
            return False
        return True
