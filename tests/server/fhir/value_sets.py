"""What HL7's value sets hold, as far as InScope uses them: looked up in THO, FHIR 4.0.1 and 5.0.0, IHE PCF and BALP.

Value set -> code system -> codes and their displays.
"""

THO = "http://terminology.hl7.org/CodeSystem/"

PURPOSE_OF_USE = {
    THO + "v3-ActReason": {
        "TREAT": "treatment",
        "ETREAT": "Emergency Treatment",
        "BTG": "break the glass",
        "COC": "coordination of care",
        "CLINTRL": "clinical trial",
        "TREATDS": "decision support assisted treatment decision",
        "HOPERAT": "healthcare operations",
        "TRAIN": "training",
        "CAREMGT": "care management",
        "HPAYMT": "healthcare payment",
        "HRESCH": "healthcare research",
        "CLINTRCH": "clinical trial research",
        "PATRQT": "patient requested",
        "PUBHLTH": "public health",
    }
}
"""http://terminology.hl7.org/ValueSet/v3-PurposeOfUse: is-a PurposeOfUse. There is no HEDUCN."""

CONSENT_CATEGORY = {
    "http://loinc.org": {
        "59284-0": "Consent",
        "57016-8": "",
        "57017-6": "",
        "64292-6": "Release of information consent",
    },
    THO + "consentcategorycodes": dict.fromkeys(
        ["acd", "dnr", "emrgonly", "hcd", "npp", "polst", "research", "rsdid", "rsreid"], ""
    ),
    THO + "v3-ActCode": {
        "ICOL": "information collection",
        "IDSCL": "information disclosure",
        "INFA": "information access",
        "INFAO": "access only",
        "INFASO": "access and save only",
        "IRDSCL": "information redisclosure",
        "RESEARCH": "research information access",
        "RSDID": "de-identified information access",
        "RSREID": "re-identifiable information access",
    },
    THO + "consentscope": {"patient-privacy": "Privacy Consent", "research": "Research", "treatment": "Treatment"},
}
"""http://hl7.org/fhir/ValueSet/consent-category; consentscope is in it since R5."""

CONSENT_SCOPE = {
    THO + "consentscope": {
        "adr": "Advanced Care Directive",
        "research": "Research",
        "patient-privacy": "Privacy Consent",
        "treatment": "Treatment",
    }
}

ACTOR_ROLE_R4 = {
    THO + "v3-ParticipationType": {
        "AUT": "",
        "CST": "",
        "INF": "",
        "IRCP": "information recipient",
        "LA": "",
        "TRC": "",
        "WIT": "",
    }
}
"""http://hl7.org/fhir/ValueSet/security-role-type (R4, extensible), its codes of that system; PCF fixes IRCP."""

ROLE_R5 = {
    THO + "provenance-participant-type": {
        "enterer": "Enterer",
        "performer": "Performer",
        "author": "Author",
        "verifier": "Verifier",
        "legal": "Legal Authenticator",
        "attester": "Attester",
        "informant": "Informant",
        "custodian": "Custodian",
        "assembler": "Assembler",
        "composer": "Composer",
    },
    "http://dicom.nema.org/resources/ontology/DCM": {
        "110150": "Application",
        "110151": "Application Launcher",
        "110152": "Destination Role ID",
        "110153": "Source Role ID",
        "110154": "Destination Media",
        "110155": "Source Media",
    },
    THO + "extra-security-role-type": {
        "authserver": "authorization server",
        "datacollector": "data collector",
        "dataprocessor": "data processor",
        "datasubject": "data subject",
        "humanuser": "human user",
    },
}
"""http://hl7.org/fhir/ValueSet/participation-role-type, R5."""

AGENT_R4 = {**ROLE_R5, **ACTOR_ROLE_R4}
"""The same in R4 has these v3-ParticipationType codes too."""

RELATIONSHIP = {
    THO + "v3-RoleCode": {
        "FAMMEMB": "family member",
        "CHILD": "child",
        "EXT": "extended family member",
        "PRN": "parent",
        "SIB": "sibling",
        "SIGOTHR": "significant other",
        "SPS": "spouse",
        "FRND": "unrelated friend",
        "GUARD": "guardian",
    }
}
"""v3-RoleCode, is-a _PersonalRelationshipRoleType; GUARD is-a RESPRSN (the binding is `preferred`)."""

SIGNATURE = {
    "urn:iso-astm:E1762-95:2013": {
        "1.2.840.10065.1.12.1.1": "Author's Signature",
        "1.2.840.10065.1.12.1.4": "Transcriptionist/Recorder Signature",
        "1.2.840.10065.1.12.1.5": "Verification Signature",
        "1.2.840.10065.1.12.1.7": "Consent Signature",
    }
}
"""http://hl7.org/fhir/ValueSet/signature-type."""

ACTIVITY_R4 = {
    THO + "v3-DataOperation": {
        "CREATE": "create",
        "DELETE": "delete",
        "UPDATE": "revise",
        "APPEND": "append",
        "NULLIFY": "nullify",
    }
}
"""http://hl7.org/fhir/ValueSet/provenance-activity-type, R4 (extensible); R5's is an example."""

EVENT = {
    "http://dicom.nema.org/resources/ontology/DCM": {"110106": "Export", "110112": "Query", "110113": "Security Alert"}
}
"""http://hl7.org/fhir/ValueSet/audit-event-type."""

DECISION = {
    "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType": {
        "AuthZ-Consent": "Authorization Decision using Roles and Consent",
        "AuthZ-Role": "Authorization Decision using only Roles",
    }
}
"""AuthZsubTypeVS of IHE BALP."""

ENTITY = {
    THO + "audit-entity-type": {"1": "Person", "2": "System Object", "3": "Organization", "4": "Other"},
    "http://hl7.org/fhir/resource-types": {"Consent": "Consent", "Patient": "Patient"},
}
"""http://hl7.org/fhir/ValueSet/audit-entity-type."""

OBJECT_ROLE = {THO + "object-role": {"1": "Patient", "3": "Report", "4": "Domain Resource", "13": "Security Resource"}}

OUTCOME_R5 = {
    "http://hl7.org/fhir/issue-severity": {
        "fatal": "Fatal",
        "error": "Error",
        "warning": "Warning",
        "information": "Information",
        "success": "Operation Successful",
    }
}
"""http://hl7.org/fhir/ValueSet/audit-event-outcome, R5."""
