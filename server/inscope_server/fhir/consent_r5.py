"""Consent in FHIR R5 (5.0.0).

`Consent.decision` is the base, and each level of `provision` the negation of the one above it (5.0.0, binding of
Consent.decision). So a base that denies, with one provision, permits exactly that provision; alone it refuses.
"""

from __future__ import annotations

from typing import Literal

from inscope_protocol.types import Scope

from . import elements, times
from .codes import CONSENT_SCOPE, Json, coding, concept
from .findings import Findings, items
from .parts import Parts
from .references import reference


def write(scope: Scope, *, superseded: bool) -> Json:
    """A version as a Consent, without id. `superseded`: there is a newer one."""
    data = elements.plain(scope)
    answered, base = elements.answered_by(data), elements.base(data, superseded)
    privacy = concept(coding(CONSENT_SCOPE, "patient-privacy", "Privacy Consent"))
    return {
        **base,
        "category": [privacy, *base["category"]],
        "subject": reference("subject", data["subject"]),
        "date": times.instant(data["recorded_at"])[:10],
        "period": times.period(data["valid_from"], data["valid_until"]),
        **({"grantor": answered} if answered else {}),
        "policyBasis": {"url": elements.policy_url(data)},
        "decision": "deny",
        **({"provision": [elements.permitted(data, "R5")]} if elements.permits(data) else {}),
    }


def read(resource: Json) -> Scope:
    """The scope of an InScope export. Raises one of `elements.AMISS`."""
    rules = resource.get("provision", [])
    return elements.to_scope(resource, resource["subject"], rules[0] if rules else None, resource["policyBasis"]["url"])


LEFT_OUT = ("grantee", "manager", "controller", "sourceAttachment", "sourceReference", "verification")
POLICIES = ("regulatoryBasis", "policyBasis", "policyText")


def parts(resource: Json, findings: Findings) -> Parts:
    """What a Consent of another system says. What cannot be read without widening is refused in `findings`."""
    for name in LEFT_OUT:
        if name in resource:
            findings.leave_out("element_unknown", f"Consent.{name}")
    for name in POLICIES:
        if name in resource:
            findings.leave_out("policy_unknown", f"Consent.{name}")
    decision, rule = _decision(resource, findings)
    periods = [(f"{rule[0]}.period", rule[1]["period"])] if "period" in rule[1] else []
    return Parts(
        decision=decision, rule=rule, patient=("Consent.subject", resource.get("subject")),
        answered_by=list(items(resource, "grantor", "Consent")),
        periods=[("Consent.period", resource.get("period")), *periods],
    )  # fmt: skip


def _decision(resource: Json, findings: Findings) -> tuple[Literal["permit", "deny"], tuple[str, Json]]:
    base = resource.get("decision")
    inner = [entry for entry in items(resource, "provision", "Consent") if isinstance(entry[1], dict)]
    if base == "permit":
        for where, _ in inner:
            findings.refuse("provision_deny_within_permit", where)
        return "permit", ("Consent.provision", {})
    if base != "deny":
        findings.refuse("decision_missing", "Consent.decision")
    if not inner:
        return "deny", ("Consent.provision", {})
    if len(inner) > 1:
        findings.refuse("provisions_many", "Consent.provision[1]")
    for where, _ in items(inner[0][1], "provision", inner[0][0]):
        findings.refuse("provision_deny_within_permit", where)
    return "permit", inner[0]
