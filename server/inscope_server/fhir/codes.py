"""Code systems, and which of their codes stand for which of InScope's words.

Looked up in HL7 Terminology (THO, terminology.hl7.org), FHIR 4.0.1 and 5.0.0, and IHE's PCF and BALP.
"""

from __future__ import annotations

from typing import Any, Literal

Json = dict[str, Any]
Release = Literal["R4", "R5"]

THO = "http://terminology.hl7.org/CodeSystem/"
ACT_REASON, ACT_CODE = THO + "v3-ActReason", THO + "v3-ActCode"
PARTICIPATION_TYPE, ROLE_CODE = THO + "v3-ParticipationType", THO + "v3-RoleCode"
CONSENT_SCOPE, DATA_OPERATION = THO + "consentscope", THO + "v3-DataOperation"
PARTICIPANT, SECURITY_ROLE = THO + "provenance-participant-type", THO + "extra-security-role-type"
ENTITY_TYPE, OBJECT_ROLE = THO + "audit-entity-type", THO + "object-role"
OBSERVATION_VALUE = THO + "v3-ObservationValue"
LOINC, DICOM = "http://loinc.org", "http://dicom.nema.org/resources/ontology/DCM"
RESOURCE_TYPES, ISSUE_SEVERITY = "http://hl7.org/fhir/resource-types", "http://hl7.org/fhir/issue-severity"
SIGNATURE_TYPE = "urn:iso-astm:E1762-95:2013"
AUTHORIZATION = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType"

BASE = "https://inscope.example/fhir/"
LOG_EVENT, REASON = BASE + "CodeSystem/log-event", BASE + "CodeSystem/reason"
RELATION = BASE + "CodeSystem/representative-relation"

PURPOSES = {"direct-care-advice": "TREAT", "teaching": "TRAIN", "research": "HRESCH"}
"""Value set v3-PurposeOfUse: provision of health care; training and education; healthcare research."""

EMERGENCY = frozenset({"ETREAT", "BTG", "ERTREAT"})
"""Treatment in an emergency, breaking the glass among it: InScope's emergencies are recorded by who treats."""

RELATIONS = {
    "parent": "PRN",
    "guardian": "GUARD",
    "spouse-or-partner": "SIGOTHR",
    "child": "CHILD",
    "sibling": "SIB",
    "other-relative": "FAMMEMB",
}
"""RelatedPerson.relationship (preferred), v3-RoleCode. The other relations have no code that says the same."""

DISPLAY = {
    "TREAT": "treatment", "TRAIN": "training", "HRESCH": "healthcare research",
    "PRN": "parent", "GUARD": "guardian", "SIGOTHR": "significant other", "CHILD": "child", "SIB": "sibling",
    "FAMMEMB": "family member",
}  # fmt: skip

DOCUMENT, DISCLOSURE = "59284-0", "IDSCL"
CATEGORIES = frozenset(
    {(LOINC, DOCUMENT), (LOINC, "64292-6"), (ACT_CODE, DISCLOSURE), (CONSENT_SCOPE, "patient-privacy")}
)
"""Consent.category: what an agreement to share may call itself. `64292-6`: release of information consent."""

EMERGENCY_ONLY = frozenset({(ACT_CODE, "EMRGONLY"), (THO + "consentcategorycodes", "emrgonly")})
OPTED_OUT = frozenset({"OPTOUT", "OPTOUTE"})
RECIPIENTS = frozenset({(PARTICIPATION_TYPE, "IRCP"), (PARTICIPATION_TYPE, "PRCP"), (DICOM, "110152")})
"""Consent.provision.actor.role: who receives. Every other role limits whose data is meant."""


def coding(system: str, code: str, display: str | None = None) -> Json:
    said = display or DISPLAY.get(code)
    return {"system": system, "code": code, **({"display": said} if said else {})}


def concept(*codings: Json) -> Json:
    return {"coding": list(codings)}


def recipient_role(release: Release) -> Json:
    """IRCP: in R4's value set (security-role-type), and PCF's; R5's (participation-role-type) has DICOM's receiver."""
    received = coding(PARTICIPATION_TYPE, "IRCP", "information recipient")
    return concept(received) if release == "R4" else concept(coding(DICOM, "110152", "Destination Role ID"), received)
