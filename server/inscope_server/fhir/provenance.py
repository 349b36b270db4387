"""Provenance: who recorded a version of a consent, with which device, and the signature that says so."""

from __future__ import annotations

import base64
import json

from inscope_protocol.statements import Envelope, envelope_object
from inscope_protocol.types import RecordedBy, Scope

from . import times
from .codes import DATA_OPERATION, PARTICIPANT, SIGNATURE_TYPE, Json, Release, coding, concept
from .references import reference

AUTHOR = coding(SIGNATURE_TYPE, "1.2.840.10065.1.12.1.1", "Author's Signature")
VERIFIER = coding(SIGNATURE_TYPE, "1.2.840.10065.1.12.1.5", "Verification Signature")
SIGNED, ENVELOPE = "application/vnd.inscope.consent.v1+json", "application/vnd.dsse.envelope.v1+json"


def write(scope: Scope, envelope: Envelope, target: str, before: str | None, release: Release) -> Json:
    """`target`, `before`: where the Consent of this version and of the one before it lie in the Bundle."""
    at = times.instant(scope.recorded_at)
    created = coding(DATA_OPERATION, "CREATE", "create")
    changed = coding(DATA_OPERATION, "UPDATE", "revise")
    subject = {"patient": reference("subject", scope.subject)} if release == "R5" else {}
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "occurredDateTime": at,
        "recorded": at,
        "activity": concept(created if before is None else changed),
        **subject,
        "agent": _agents(scope),
        **({} if before is None else {"entity": [{"role": "revision", "what": {"reference": before}}]}),
        "signature": [_signature(scope, envelope, at)],
    }


def _agents(scope: Scope) -> list[Json]:
    """The clinician and their device, or the patient and the authority that checked who they were (S5.9)."""
    by = scope.recorded_by
    if isinstance(by, RecordedBy):
        author, helper = reference("person", by.person), ("composer", "Composer", reference("device", by.device))
    else:
        author = reference("subject", scope.subject)
        helper = ("verifier", "Verifier", reference("authority", by.authority))
    code, display, who = helper
    return [
        {"type": concept(coding(PARTICIPANT, "author", "Author")), "who": author},
        {"type": concept(coding(PARTICIPANT, code, display)), "who": who},
    ]


def _signature(scope: Scope, envelope: Envelope, at: str) -> Json:
    """The whole DSSE envelope: the exact bytes that were signed, and the signature over them (S3.1)."""
    by = scope.recorded_by
    clinician = isinstance(by, RecordedBy)
    who = reference("person", by.person) if isinstance(by, RecordedBy) else reference("authority", by.authority)
    said = json.dumps(envelope_object(envelope), separators=(",", ":")).encode()
    return {
        "type": [AUTHOR if clinician else VERIFIER],
        "when": at,
        "who": who,
        "targetFormat": SIGNED,
        "sigFormat": ENVELOPE,
        "data": base64.b64encode(said).decode(),
    }
