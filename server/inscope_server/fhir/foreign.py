"""A Consent of another system as a draft. Unknown means no: what would widen if left out is refused.

Left out are recipients and purposes that InScope does not know (fewer may see it), and what says nothing of who may.
"""

from __future__ import annotations

from typing import Any

import msgspec

from inscope_protocol.types import MAX_LIST, RecipientEntry, SubjectId

from . import consent_r4, consent_r5, times
from .codes import ACT_REASON, CATEGORIES, EMERGENCY, EMERGENCY_ONLY, RECIPIENTS, Json, Release
from .elements import MEANT
from .findings import Findings, codes, items
from .parts import Found, Parts
from .references import refers_to, to_recipient

LIMITS = {
    "action": "action_limited",
    **dict.fromkeys(
        ("class", "code", "data", "dataPeriod", "securityLabel", "documentType", "resourceType", "expression"),
        "data_limited",
    ),
}
OVERRIDES = {(ACT_REASON, code) for code in EMERGENCY}


def draft(resource: Json, release: Release, findings: Findings) -> Json:
    """The draft, as far as it could be read; fields that could not are null, lists empty, conditions on."""
    _walk(resource, "Consent", findings)
    if resource.get("status") != "active":
        findings.refuse("status_not_active", "Consent.status")
    _check_categories(resource, findings)
    parts = (consent_r4 if release == "R4" else consent_r5).parts(resource, findings)
    permit = parts.decision == "permit"
    _check_limits(parts, findings)
    first, until = _period(parts, findings)
    return {
        "subject": _subject(parts.patient, findings),
        "decision": "given" if permit else "refused",
        "basis": _basis(parts, findings),
        **dict.fromkeys(("how", "witness", "interpreter", "sheet", "representative", "assent", "reason")),
        "purposes": _purposes(parts, findings),
        "recipients": _recipients(parts, findings),
        "deidentified_only": True,
        "no_onward_sharing": True,
        "image_kinds": [],
        "sensitive": [],
        "valid_from": first,
        "valid_until": until,
    }


def _walk(value: Any, path: str, findings: Findings) -> None:
    """What may stand anywhere: rules and modifiers that are not known are refused, extensions left out."""
    if isinstance(value, list):
        for index, entry in enumerate(value):
            _walk(entry, f"{path}[{index}]", findings)
    if not isinstance(value, dict):
        return
    for name, entry in value.items():
        if name in ("modifierExtension", "implicitRules"):
            findings.refuse("modifier_unknown", f"{path}.{name}")
        elif name == "extension":
            findings.leave_out("extension_unknown", f"{path}.extension")
        elif name == "contained":
            findings.leave_out("element_unknown", f"{path}.contained")
        elif name == "purpose" and isinstance(entry, list) and any(codes(each) & OVERRIDES for each in entry):
            findings.refuse("emergency_override", f"{path}.purpose")
        _walk(entry, f"{path}.{name}", findings)


def _check_categories(resource: Json, findings: Findings) -> None:
    for path, category in items(resource, "category", "Consent"):
        said = codes(category)
        if said & EMERGENCY_ONLY:
            findings.refuse("emergency_override", path)
        elif not said & CATEGORIES:
            findings.refuse("category_unknown", path)


def _subject(patient: Found, findings: Findings) -> str | None:
    path, said = patient
    if not isinstance(said, dict):
        findings.refuse("patient_missing", path)
        return None
    found = refers_to("subject", said)
    if found is None or not _is(found, SubjectId):
        findings.leave_out("patient_unknown", path)
        return None
    return found


def _basis(parts: Parts, findings: Findings) -> str | None:
    """The patient's own answer, where they gave it; who answers for a patient, and by what right, is not guessed."""
    patient = parts.patient[1]
    others = [path for path, said in parts.answered_by if said != patient or patient is None]
    for path in others:
        findings.leave_out("representative_unknown", path)
    return "patient" if parts.answered_by and not others else None


def _recipients(parts: Parts, findings: Findings) -> list[Json]:
    path, rule = parts.rule
    permit, actors = parts.decision == "permit", list(items(rule, "actor", path))
    found: list[Json] = []
    for where, actor in actors:
        if permit and not codes(actor.get("role")) & RECIPIENTS:
            findings.refuse("actor_role_unknown", f"{where}.role")
        entry = to_recipient(actor.get("reference"))
        if entry is None or not _is(entry, RecipientEntry):
            findings.leave_out("actor_unknown", where)
        elif entry not in found:
            found.append(entry)
    if permit and not found:
        findings.refuse("actor_unknown" if actors else "actor_missing", f"{path}.actor")
    if len(found) > MAX_LIST:
        findings.refuse("actors_too_many", f"{path}.actor")
    return found


def _purposes(parts: Parts, findings: Findings) -> list[str]:
    path, rule = parts.rule
    found: list[str] = []
    for where, purpose in items(rule, "purpose", path):
        meant = [MEANT[code] for system, code in codes(purpose) if system == ACT_REASON and code in MEANT]
        if not meant:
            findings.leave_out("purpose_unknown", where)
        found += [each for each in meant if each not in found]
    if parts.decision == "permit" and not found:
        findings.refuse("purpose_unknown" if rule.get("purpose") else "purpose_missing", f"{path}.purpose")
    return found


def _check_limits(parts: Parts, findings: Findings) -> None:
    """What a provision may only be about: left out of a permit it would widen it."""
    path, rule = parts.rule
    for name in LIMITS.keys() & rule.keys():
        if parts.decision == "permit":
            findings.refuse(LIMITS[name], f"{path}.{name}")
        else:
            findings.leave_out(LIMITS[name], f"{path}.{name}")


def _period(parts: Parts, findings: Findings) -> tuple[int | None, int | None]:
    """From the latest start to the earliest end. FHIR's open ends are for ever; InScope's consents end."""
    firsts, untils = [], []
    for path, period in parts.periods:
        said = period if isinstance(period, dict) else {}
        first, until = _bound(said, "start", path, findings), _bound(said, "end", path, findings)
        firsts += [first.first] if first else []
        untils += [until.until] if until else []
    first_of_all, last_of_all = max(firsts, default=None), min(untils, default=None)
    path = parts.periods[-1][0]
    if parts.decision == "permit" and (first_of_all is None or last_of_all is None):
        findings.refuse("no_period", f"{path}.{'start' if first_of_all is None else 'end'}")
    if first_of_all is not None and last_of_all is not None and max(first_of_all, 0) >= last_of_all:
        findings.refuse("period_empty", path)
    return None if first_of_all is None else max(first_of_all, 0), last_of_all


def _bound(period: Json, name: str, path: str, findings: Findings) -> times.Bounds | None:
    if period.get(name) is None:
        return None
    found = times.bounds(period[name])
    if found is None:
        findings.refuse("period_unreadable", f"{path}.{name}")
    elif not found.zoned:
        findings.leave_out("time_zone_unsaid", f"{path}.{name}")
    return found


def _is(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True
