"""What a visit has answered: seen again for as long as the visit lasts, and taken back, in use or not (SPEC S5.10)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from inscope_protocol.encoding import decode_base64url, encode_base64url
from inscope_protocol.patient_link import look_back_token, patient_token_hash
from inscope_protocol.statements import Envelope
from inscope_protocol.types import Answer, Scope

from ..consent.records import version_of
from ..database import ATTEMPTS, Transaction
from ..errors import Refusal
from . import store
from .claims import agreed_before, left_without
from .looking_back import LookingBack
from .signing import unless_changed
from .waiting import answer_of

Said = Literal["given", "refused", "taken_back", "changed"]


@dataclass(frozen=True)
class OwnAnswer:
    """`counts`: the yes that waits, or the version that stands on it. `wider`: it followed another yes of the
    patient's; `unasked`: it followed what nobody had asked them. `token`: of the link to look back, where there is one.
    """

    row: Any
    said: Said
    counts: Answer | Scope | None
    wider: bool
    unasked: bool
    token: str


class OwnAnswers:
    """For who holds the visit's secret, which gave the answer: no code is asked, and nothing else can be changed."""

    def __init__(self, looking_back: LookingBack) -> None:
        self.waiting, self.consents = looking_back.waiting, looking_back.consents
        self.authority, self.sessions = looking_back.authority, looking_back.sessions
        self.database = looking_back.database

    async def find(self, cookie: str) -> OwnAnswer | None:
        """None without a visit that has answered."""
        async with self.database.read() as tx:
            row = await self._answered(tx, cookie)
            if row is None:
                return None
            said, counts = await self._said(tx, row)
            wider = await agreed_before(tx, row) is not None
            before = None if wider else await version_of(tx, row.consent, row.previous)
            token = await self._token(tx, cookie, row.consent)
        return OwnAnswer(row, said, counts, wider, before is not None, token)

    async def _answered(self, tx: Transaction, cookie: str, *, lock: bool = False) -> Any:
        visit = await self.sessions.find(tx, cookie, "question")
        row = None if visit is None else await store.question_of_token(tx, visit.of, lock=lock)
        return None if row is None or row.state not in ("answered", "over") else row

    async def _said(self, tx: Transaction, row: Any) -> tuple[Said, Answer | Scope | None]:
        if row.answer is None:
            return "taken_back", None
        answer = answer_of(row)
        if answer.decision == "refused":
            return "refused", None
        if await self.waiting.waits(tx, row):
            return "given", answer
        stands = await self.consents.standing(tx, row.consent)
        if stands is None or stands.scope.taken.answer != row.answer_hash:
            return "changed", None
        return ("given", stands.scope) if stands.scope.decision == "given" else ("taken_back", None)

    async def _token(self, tx: Transaction, cookie: str, consent: str) -> str:
        token = look_back_token(decode_base64url(cookie, 32))
        link = await store.link(tx, patient_token_hash(token))
        return "" if link is None or link.consent != consent else encode_base64url(token)

    async def take_back(self, cookie: str) -> None:
        """Does nothing where nothing rests on the answer any more. Raises `server_busy` where it always changes.

        Nothing is held while the authority is asked, which may be silent.
        """
        for _ in range(ATTEMPTS):
            if await self.database.run(partial(self._drop_waiting, cookie)):
                return
            left = await self._left(cookie)
            if left is None or await self._signed(cookie, left):
                return
        raise Refusal("server_busy")

    async def _drop_waiting(self, cookie: str, tx: Transaction) -> bool:
        row = await self._answered(tx, cookie, lock=True)
        if row is None or not await self.waiting.waits(tx, row):
            return False
        await self.waiting.drop(tx, row)
        return True

    async def _left(self, cookie: str) -> Scope | None:
        async with self.database.read() as tx:
            row = await self._answered(tx, cookie)
            left = None if row is None else await left_without(tx, row)
            if row is None or left is None:
                return None
            return await self.consents.by_patient(
                tx, row.consent, self.authority.identity()["authority"], lambda _: left
            )  # fmt: skip

    async def _signed(self, cookie: str, left: Scope) -> bool:
        """False where something has changed since."""
        envelope = await unless_changed(self.authority.version(left, cookie))
        return envelope is not None and await self.database.run(partial(self._keep, cookie, left, envelope))

    async def _keep(self, cookie: str, left: Scope, envelope: Envelope, tx: Transaction) -> bool:
        if not await self.consents.record_by_patient(tx, left, envelope):
            return False
        row = await self._answered(tx, cookie, lock=True)
        if row is not None and row.answer is not None:
            await self.waiting.drop(tx, row)
        return True
