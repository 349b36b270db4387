"""Looking back: what was agreed to, who can see it, who saw it, what is in a record, and taking it back (SPEC S5.9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.patient_link import patient_token_hash
from inscope_protocol.types import Answer, Scope

from ..audit.service import Happening
from ..authority.contract import Authority
from ..caller import Caller
from ..clock import Clock
from ..consent.service import Consents
from ..database import ATTEMPTS, Database, Transaction
from ..errors import Refusal
from ..filing.service import Filed, Filings
from ..images.service import Closing, Images, Shared
from ..web.rate_limit import RateLimit
from . import codes, rules, store
from .links import new_link
from .sessions import PatientSessions, Visit
from .waiting import Waiting, answer_of


@dataclass(frozen=True)
class Locked:
    """A visit that has not said the code yet. `until`: when it may try again, or 0; `ended`: never again."""

    until: int
    ended: bool


@dataclass(frozen=True)
class View:
    """What the patient is shown. `scope`: what stands, if anything was recorded; `waiting`: a yes that is not yet;
    `link`: the row of theirs; `openings`: (person, at), newest first, of images that are gone too.
    `losses`: how many images would close without a single tick, by (the list, the place in it); not where none would.
    """

    scope: Scope | None
    waiting: Answer | None
    link: Any
    images: list[Shared]
    openings: list[tuple[str, int]]
    filed: list[Filed]
    losses: dict[tuple[str, int], int]


class LookingBack:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        consents: Consents,
        images: Images,
        filings: Filings,
        authority: Authority,
        sessions: PatientSessions,
        waiting: Waiting,
        hashes: codes.Codes,
    ) -> None:
        self.database, self.clock, self.consents, self.waiting = database, clock, consents, waiting
        self.images, self.filings, self.authority, self.sessions = images, filings, authority, sessions
        self.audit, self.codes = images.audit, hashes
        self.limit = RateLimit(clock, per_minute=60, burst=30)

    async def make_link(self, caller: Caller, consent: str, code: str) -> str:
        """A link's token for a patient who answered by word of mouth or on paper. Earlier links end. Logged, since who
        makes it can open it too.

        For who may change the consent: a reader alone, who cannot withdraw it, could do so by the patient's page.
        """
        self.limit.take(caller.person)
        code_hash = await self.codes.hash(caller.organisation, code)
        async with self.database.write() as tx:
            if not await self.consents.may_amend(tx, caller, consent):
                raise Refusal("not_found")
            await store.drop_links(tx, consent)
            await self.audit.record(tx, Happening("link", "recorded", caller.person, caller.device, consent=consent))
            token = self.clock.random(32)
            await new_link(tx, self.clock, consent, caller.person, caller.organisation, code_hash, token)
            return encode_base64url(token)

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
        right = await self.codes.is_right(str(row.token_hash), row.code_hash, codes.spelled(said))
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
            standing, waiting = (
                await self.consents.standing(tx, row.consent),
                await self.waiting.of_consent(tx, row.consent),
            )
            images = await self.images.shared_under(tx, row.consent)
            openings = await self.images.opened_under(tx, row.consent)
            filed = await self.filings.filed_under(tx, row.consent)
            losses = await self.losses(tx, None if standing is None else standing.scope)
        scope, answer = None if standing is None else standing.scope, answer_of(waiting[0]) if waiting else None
        return View(scope, answer, row, images, openings, filed, losses)

    async def losses(self, tx: Transaction, scope: Scope | None) -> dict[tuple[str, int], int]:
        """How many images would close without a single tick, by (the list, the place in it); not where none would."""
        if scope is None or scope.decision != "given":
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

    async def version(self, cookie: str) -> int:
        """Of the consent as it stands; 0 without a proven visit, or where nothing does."""
        visit, row = await self._link_of(cookie)
        if visit is None or row is None or not visit.proven:
            return 0
        async with self.database.read() as tx:
            standing = await self.consents.standing(tx, row.consent)
        return 0 if standing is None else standing.scope.version

    async def take_away(self, cookie: str, version: int, chosen: rules.Chosen) -> bool:
        """Keeps only what is still ticked. `version`: the one that the page showed."""
        return await self._change(cookie, version, lambda before: rules.taken_away(before, chosen))

    async def withdraw(self, cookie: str) -> bool:
        return await self._change(cookie, None, rules.withdrawn)

    async def _change(self, cookie: str, version: int | None, take_away: Callable[[Scope], Scope]) -> bool:
        """False without a proven visit, or where the consent has changed, ended or never been: look again."""
        visit, row = await self._link_of(cookie)
        if visit is None or row is None or not visit.proven:
            return False

        def checked(before: Scope) -> Scope:
            if before.decision != "given" or version not in (None, before.version):
                raise Refusal("consent_conflict")
            return take_away(before)

        try:
            for _ in range(ATTEMPTS):
                if await self._record(cookie, row.consent, checked):
                    return True
        except Refusal as refusal:
            if refusal.code not in ("consent_conflict", "not_found"):
                raise
        return False

    async def _record(self, cookie: str, consent: str, take_away: Callable[[Scope], Scope]) -> bool:
        """Nothing is held while the authority is asked, which may be silent."""
        async with self.database.read() as tx:
            scope = await self.consents.by_patient(tx, consent, self.authority.identity()["authority"], take_away)
        envelope = await self.authority.version(scope, cookie)
        return await self.database.run(lambda tx: self.consents.record_by_patient(tx, scope, envelope))

    async def take_back(self, cookie: str) -> bool:
        """The yes that is not recorded yet. False without a proven visit, or where none waits any more: look again."""
        visit, row = await self._link_of(cookie)
        if visit is None or row is None or not visit.proven:
            return False
        return await self.database.run(lambda tx: self.waiting.take_back_all(tx, row.consent))
