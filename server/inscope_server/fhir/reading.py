"""A FHIR Consent, or a Bundle with one, as a draft that a clinician may complete and sign (SPEC S11.5)."""

from __future__ import annotations

from typing import Any

from inscope_protocol.types import Scope

from . import consent_r4, consent_r5, elements, foreign
from .bindings import unbound
from .codes import Json, Release
from .findings import Findings, refusal
from .validation import misshapen

DEEPEST = 24
IN_R4 = ("scope", "patient", "dateTime", "performer", "organization", "policy", "policyRule")
UNSAID = ("id", "meta", "text", "language")
"""What another system may add or change in an export that it keeps."""

DRAFTED = ("subject", "decision", "basis", "purposes", "recipients", "valid_from", "valid_until")
TAKEN = ("how", "witness", "interpreter", "sheet", "representative", "assent", "reason")
CONDITIONS = ("deidentified_only", "no_onward_sharing", "image_kinds", "sensitive")


def read(data: Any) -> Json:
    """`{draft, not_understood:[{code, path}], release}`. Raises Refusal `fhir_refused` with every reason."""
    if _too_deep(data):
        raise refusal(("too_deep", "$"))
    resource = _consent(data)
    release = release_of(resource)
    wrong = misshapen(resource, release) or next(iter(unbound(resource, release)), None)
    if wrong is not None:
        raise refusal(("not_fhir", wrong))
    findings = Findings()
    draft = _of_ours(resource, release) if elements.is_ours(resource) else foreign.draft(resource, release, findings)
    findings.raise_any()
    return {"draft": draft, "not_understood": findings.not_understood(), "release": release}


def release_of(resource: Json) -> Release:
    return "R4" if any(name in resource for name in IN_R4) or isinstance(resource.get("provision"), dict) else "R5"


def _consent(data: Any) -> Json:
    """The resource itself, or the one Consent of a Bundle that is in force."""
    if not isinstance(data, dict) or data.get("resourceType") not in ("Consent", "Bundle"):
        raise refusal(("not_a_consent", "$.resourceType"))
    if data["resourceType"] == "Consent":
        return data
    entries = data.get("entry") if isinstance(data.get("entry"), list) else []
    held = [entry.get("resource") for entry in entries or [] if isinstance(entry, dict)]
    consents = [each for each in held if isinstance(each, dict) and each.get("resourceType") == "Consent"]
    active = [each for each in consents if each.get("status") == "active"]
    if len(active) > 1:
        raise refusal(("consents_many", "Bundle.entry"))
    if not active:
        raise refusal(("status_not_active" if consents else "not_a_consent", "Bundle.entry"))
    return active[0]


def _of_ours(resource: Json, release: Release) -> Json:
    """An InScope export, whole: written again it must be the same, so that no part of it says more than another."""
    if resource["status"] != "active":
        raise refusal(("status_not_active", "Consent.status"))
    scope = scope_of(resource, release)
    if scope is None:
        raise refusal(("not_as_exported", "Consent"))
    data = elements.plain(scope)
    drafted = {name: data[name] for name in DRAFTED}
    return {
        **drafted,
        **{name: data["taken"][name] for name in TAKEN},
        **{name: data["conditions"][name] for name in CONDITIONS},
    }


def scope_of(resource: Json, release: Release) -> Scope | None:
    """The scope that an export carries, or None when it is not exactly as InScope writes that scope."""
    consent = consent_r4 if release == "R4" else consent_r5
    try:
        scope = consent.read(resource)
    except elements.AMISS:
        return None
    superseded = resource.get("status") == "inactive" and scope.decision != "withdrawn"
    return scope if _said(consent.write(scope, superseded=superseded)) == _said(resource) else None


def _said(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if name not in UNSAID}


def _too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inner(value)]
        if not level:
            return False
    return True


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
