"""Consent in FHIR R4 (4.0.1), shaped as IHE's Privacy Consent on FHIR (PCF) shapes it.

`Consent.provision` permits or denies at its root, as PCF has it; it names those whom it permits. What is refused denies
everybody everything.
"""

from __future__ import annotations

from typing import Any, Literal

from inscope_protocol.types import Scope

from . import elements, times
from .codes import ACT_CODE, CONSENT_SCOPE, OPTED_OUT, Json, coding, concept
from .findings import Findings, codes, items
from .parts import Parts
from .references import reference


def write(scope: Scope, *, superseded: bool) -> Json:
    """A version as a Consent, without id. `superseded`: there is a newer one."""
    data = elements.plain(scope)
    answered = elements.answered_by(data)
    return {
        **elements.base(data, superseded),
        "scope": concept(coding(CONSENT_SCOPE, "patient-privacy", "Privacy Consent")),
        "patient": reference("subject", data["subject"]),
        "dateTime": times.instant(data["recorded_at"]),
        **({"performer": answered} if answered else {}),
        "policy": [{"uri": elements.policy_url(data)}],
        "provision": _provision(data),
    }


def _provision(data: Json) -> Json:
    if not elements.permits(data):
        return {"type": "deny"}
    return {"type": "permit", **elements.permitted(data, "R4")}


def read(resource: Json) -> Scope:
    """The scope of an InScope export. Raises one of `elements.AMISS`."""
    provision: Any = resource["provision"]
    rule = provision if provision["type"] == "permit" else None
    return elements.to_scope(resource, resource["patient"], rule, resource["policy"][0]["uri"])


LEFT_OUT = ("organization", "sourceAttachment", "sourceReference", "verification")


def parts(resource: Json, findings: Findings) -> Parts:
    """What a Consent of another system says. What cannot be read without widening is refused in `findings`."""
    if (CONSENT_SCOPE, "patient-privacy") not in codes(resource.get("scope")):
        findings.refuse("scope_not_privacy", "Consent.scope")
    for name in LEFT_OUT:
        if name in resource:
            findings.leave_out("element_unknown", f"Consent.{name}")
    for path, _ in items(resource, "policy", "Consent"):
        findings.leave_out("policy_unknown", path)
    decision, rule = _decision(resource.get("provision"), findings)
    rules = codes(resource.get("policyRule"))
    if decision == "permit" and {(ACT_CODE, code) for code in OPTED_OUT} & rules:
        findings.refuse("policy_contradicts", "Consent.policyRule")
    elif rules:
        findings.leave_out("policy_unknown", "Consent.policyRule")
    return Parts(
        decision=decision, rule=rule, patient=("Consent.patient", resource.get("patient")),
        answered_by=list(items(resource, "performer", "Consent")),
        periods=[(f"{rule[0]}.period", rule[1].get("period"))],
    )  # fmt: skip


def _decision(root: Any, findings: Findings) -> tuple[Literal["permit", "deny"], tuple[str, Json]]:
    """The base, and the provision that permits: the root, or the one exception of a root that denies everything."""
    path = "Consent.provision"
    provision: Json = root if isinstance(root, dict) else {}
    inner = [entry for entry in items(provision, "provision", path) if isinstance(entry[1], dict)]
    kind = provision.get("type")
    if kind == "permit":
        for where, exception in inner:
            denies = exception.get("type") == "deny"
            findings.refuse("provision_deny_within_permit" if denies else "provision_nested", where)
        return "permit", (path, provision)
    if kind != "deny":
        findings.refuse("provision_type_missing", f"{path}.type")
    if not inner:
        return "deny", (path, provision)
    return _exception(provision, inner, findings)


def _exception(
    root: Json, inner: list[tuple[str, Any]], findings: Findings
) -> tuple[Literal["permit", "deny"], tuple[str, Json]]:
    path, exception = inner[0]
    if len(inner) > 1:
        findings.refuse("provisions_many", path)
    if set(root) - {"type", "provision", "id"} or exception.get("type") != "permit":
        findings.refuse("provision_permit_within_deny", path)
    for where, _ in items(exception, "provision", path):
        findings.refuse("provision_deny_within_permit", where)
    return "permit", (path, exception)
