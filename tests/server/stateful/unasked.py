"""SPEC S5.3.1 as the page has it: what meets a version that is given on nobody's answer."""

from __future__ import annotations

from inscope_protocol.narrowing import narrows
from inscope_protocol.types import RecordedByPatient, Scope
from server.stateful.model import HOUR, Consent, Model

UNASKED = ("emergency", "expected-in-direct-care")


def code_of(model: Model, version: Scope, now: int) -> str:
    of_patient = [one for one in model.consents if one.newest.subject == version.subject]
    own = [one for one in of_patient if one.newest.consent == version.consent]
    before = own[0].newest if own else None
    if version.decision != "given" or version.basis not in UNASKED or (before and narrows(before, version)):
        return ""
    agreed = max((at for one in of_patient for at in _agreed(one)), default=-1)
    said_no = max((at for one in of_patient for at in _said_no(one)), default=-1)
    if 0 <= said_no >= agreed or (before and before.decision == "refused"):
        return "patient_said_no"
    if version.basis != "emergency":
        return ""
    if not version.valid_from <= now + HOUR // 12 or now >= version.valid_until:
        return "consent_conflict"
    bounds = [end for one in of_patient for end in (_since_asked(one) if one in own else _of_late(one, agreed, now))]
    return "emergency_again" if any(version.valid_until > end for end in bounds) else ""


def _about_care(scope: Scope) -> bool:
    return not scope.purposes or "direct-care-advice" in scope.purposes


def _agreed(consent: Consent) -> list[int]:
    pairs = zip([None, *consent.versions], consent.versions, strict=False)
    return [
        scope.recorded_at
        for before, scope in pairs
        if scope.decision == "given" and scope.basis not in UNASKED and _about_care(scope)
        if before is None or not narrows(before, scope)
    ]


def _said_no(consent: Consent) -> list[int]:
    return [
        scope.recorded_at
        for scope in consent.versions
        if _about_care(scope)
        if (scope.decision == "refused" and scope.taken.answer is not None)
        or (scope.decision == "withdrawn" and isinstance(scope.recorded_by, RecordedByPatient))
    ]


def _since_asked(consent: Consent) -> list[int]:
    ends: list[int] = []
    for scope in consent.versions:
        ends = [] if scope.basis not in UNASKED else [*ends, *_emergency(scope)]
    return ends


def _of_late(consent: Consent, agreed: int, now: int) -> list[int]:
    given = [one for one in consent.versions if one.decision == "given" and one.recorded_at > agreed]
    return [end for one in given for end in _emergency(one) if now < end + 24 * HOUR]


def _emergency(scope: Scope) -> list[int]:
    return [scope.valid_until] if scope.basis == "emergency" else []
