"""That the newest version of a consent stands, for who asked for it with a nonce (SPEC S5.12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from inscope_protocol.decision import Reason

from ..audit.service import Audit, Happening
from ..authority.contract import Authority
from ..errors import Refusal, reasons_as_data


@dataclass(frozen=True)
class Currency:
    authority: Authority
    audit: Audit

    async def of(self, nonce: str | None, consent: str, happening: Happening) -> dict[str, Any]:
        """{status}, or nothing without a nonce. Asked before anything is granted or given out: so where the authority
        does not answer nothing is, and `happening` is logged as denied for that reason.
        """
        if nonce is None:
            return {}
        try:
            return {"status": await self.authority.status(nonce, [consent])}
        except Refusal as refusal:
            reasons = reasons_as_data([Reason(refusal.code, None, refusal.remedy)], happening.image)
            await self.audit.record_denials([replace(happening, outcome="deny", reasons=reasons)])
            raise
