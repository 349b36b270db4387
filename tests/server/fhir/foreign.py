"""Consents as other systems write them: the shapes of HL7's examples and of IHE PCF's, in words of our own."""

from __future__ import annotations

import copy
from typing import Any

from inscope_server.fhir.codes import ACT_CODE, ACT_REASON, CONSENT_SCOPE, PARTICIPATION_TYPE, Json
from protocol.cases import CASE_THREAD, CLINIC, HOSPITAL, INTERN, PATIENT, RADIOLOGY

SPAN = {"start": "2024-01-01T00:00:00Z", "end": "2024-06-30T23:59:59.999Z"}
FROM, UNTIL = 1_704_067_200_000, 1_719_792_000_000
PATIENT_ELSEWHERE = {"reference": "Patient/one"}
ADVICE = {"system": ACT_REASON, "code": "TREAT"}


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def known(kind: str, value: str) -> Json:
    return {"identifier": {"system": f"urn:inscope:{kind}", "value": value}}


def actor(reference: Json, role: str = "IRCP") -> Json:
    return {"role": coded(PARTICIPATION_TYPE, role), "reference": reference}


SOMEBODY = actor(known("person", INTERN))
ELSEWHERE = actor({"reference": "Practitioner/one"})
EVERY_KIND = [
    SOMEBODY, actor(known("team", f"{CLINIC}/{RADIOLOGY}")), actor(known("organisation", HOSPITAL)),
    actor(known("role", f"{CLINIC}/radiologist")), actor(known("group", CASE_THREAD), "PRCP"),
]  # fmt: skip


def r4(provision: Any = None, **changes: Any) -> Json:
    """As PCF's basic consent, with a period and a recipient that InScope knows."""
    permit = {"type": "permit", "period": SPAN, "actor": [SOMEBODY], "purpose": [ADVICE]}
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": coded(CONSENT_SCOPE, "patient-privacy"),
        "category": [coded("http://loinc.org", "59284-0")],
        "patient": PATIENT_ELSEWHERE,
        "dateTime": "2024-01-01",
        "performer": [PATIENT_ELSEWHERE],
        "organization": [{"reference": "Organization/one"}],
        "policy": [{"uri": "https://hospital.example/policy"}],
        "provision": permit if provision is None else provision,
    }
    return copy.deepcopy({name: value for name, value in (consent | changes).items() if value not in (None, [])})


def permit(**changes: Any) -> Json:
    """A provision of `r4`; None takes an element out."""
    whole = {"type": "permit", "period": SPAN, "actor": [SOMEBODY], "purpose": [ADVICE]} | changes
    return {name: value for name, value in whole.items() if value is not None}


def r5(provision: Any = None, **changes: Any) -> Json:
    rule = {"period": SPAN, "actor": [SOMEBODY], "purpose": [ADVICE]}
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "category": [coded("http://loinc.org", "59284-0")],
        "subject": PATIENT_ELSEWHERE,
        "grantor": [PATIENT_ELSEWHERE],
        "decision": "deny",
        "provision": [rule] if provision is None else provision,
    }
    return copy.deepcopy({name: value for name, value in (consent | changes).items() if value not in (None, [])})


def opted(code: str, provision: Any, **changes: Any) -> Json:
    """As HL7's R4 examples: a policy rule, and a provision that does not say whether it permits."""
    return r4(provision, policy=None, performer=None, policyRule=coded(ACT_CODE, code), **changes)


OUR_PATIENT = known("subject", PATIENT)
