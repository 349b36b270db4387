"""One transaction for a FHIR server: the image, the document, the consent, and who is behind them (R4, R5).

What has an identifier is created only if it is not there (`ifNoneExist`); Binary and Provenance have none, and are put
under ids that follow from the filing: the same transaction again changes nothing.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from inscope_protocol.statements import Envelope, envelope_object

from ..fhir import consent_r4, consent_r5, provenance, times
from ..fhir.codes import DATA_OPERATION, PARTICIPANT, Json, Release, coding, concept
from ..fhir.references import identifier, reference
from ..fhir.validation import check_written
from .settings import Settings
from .target import part_id
from .verification import Verified

FILING = "filing"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"


def write_bundle(filed: Verified, document: bytes, settings: Settings) -> Json:
    """Each resource is checked against its release's shapes. Raises ValueError for a fault of this module."""
    release: Release = settings.fhir_release
    image, page, proof, consent_proof = (_id(filed, name) for name in ("image", "document", "filed", "consented"))
    reference_to, consent_at = _urn(filed, "reference"), _urn(filed, "consent")
    entries = [
        _put("Binary", image, binary(image, filed.document.picture.media_type, filed.image)),
        _put("Binary", page, binary(page, "application/pdf", document)),
        _create("DocumentReference", reference_to, document_reference(filed, image, page, settings), filed.statement),
        _create("Consent", consent_at, consent(filed, release), _consent_version(filed)),
        _put("Provenance", proof, filed_provenance(filed, proof, reference_to, release)),
        _put("Provenance", consent_proof, {"id": consent_proof, **provenance.write(
            filed.scope, filed.document.consents[-1], consent_at, None, release)}),
    ]  # fmt: skip
    for entry in entries:
        check_written(entry["resource"], release)
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    check_written({**bundle, "entry": []}, release)
    return bundle


def binary(place: str, media_type: str, data: bytes) -> Json:
    encoded = base64.b64encode(data).decode()
    return {"resourceType": "Binary", "id": place, "contentType": media_type, "data": encoded}


def document_reference(filed: Verified, image: str, page: str, settings: Settings) -> Json:
    """The patient by the record number that the hospital itself gave, in the system that it says."""
    picture, at = filed.document.picture, times.instant(filed.filing.at)
    filer = {**reference("person", filed.filing.person), "display": filed.trust.name(filed.filing.person)}
    return {
        "resourceType": "DocumentReference",
        "identifier": [identifier("filing-statement", filed.statement), identifier(FILING, filed.filing.filing)],
        "status": "current",
        "type": {"text": "Clinical image with advice"},
        "subject": patient(filed, settings),
        "date": at,
        "author": [filer],
        "custodian": {
            **reference("organisation", filed.filing.organisation),
            "display": filed.trust.organisation_name(filed.filing.organisation),
        },
        "description": f"{filed.disclosure.image.kind} shared for advice, and the advice",
        "content": [
            _attachment(page, "application/pdf", "Image, advice and consent"),
            _attachment(image, picture.media_type, "The image itself"),
        ],
    }


def patient(filed: Verified, settings: Settings) -> Json:
    number = filed.record["recordNumber"]
    system = {"system": settings.patient_system} if settings.patient_system else {}
    return {"type": "Patient", "identifier": {**system, "value": number}, "display": filed.record["patientName"]}


def _attachment(place: str, media_type: str, title: str) -> Json:
    return {"attachment": {"contentType": media_type, "url": f"Binary/{place}", "title": title}}


def consent(filed: Verified, release: Release) -> Json:
    writer: Any = consent_r4 if release == "R4" else consent_r5
    written: Json = writer.write(filed.scope, superseded=False)
    return {**written, "identifier": [*written["identifier"], identifier("consent-version", _consent_version(filed))]}


def _consent_version(filed: Verified) -> str:
    return f"{filed.scope.consent}/{filed.scope.version}"


def filed_provenance(filed: Verified, place: str, target: str, release: Release) -> Json:
    """Who shared the image and who filed it, each with their device's signature."""
    at, by = times.instant(filed.filing.at), filed.filing
    subject = {"patient": reference("subject", filed.scope.subject)} if release == "R5" else {}
    sender = filed.disclosure
    return {
        "resourceType": "Provenance",
        "id": place,
        "target": [{"reference": target}],
        "occurredDateTime": times.instant(sender.at),
        "recorded": at,
        "activity": concept(coding(DATA_OPERATION, "CREATE", "create")),
        **subject,
        "agent": [
            _agent("author", "Author", sender.person),
            _agent("enterer", "Enterer", by.person),
        ],
        "signature": [
            _signature(filed.document.disclosure, "disclosure", sender.person, times.instant(sender.at)),
            _signature(filed.envelope, "filing", by.person, at),
        ],
    }


def _agent(code: str, display: str, person: str) -> Json:
    return {"type": concept(coding(PARTICIPANT, code, display)), "who": reference("person", person)}


def _signature(envelope: Envelope, name: str, person: str, at: str) -> Json:
    said = json.dumps(envelope_object(envelope), separators=(",", ":")).encode()
    return {
        "type": [provenance.AUTHOR],
        "when": at,
        "who": reference("person", person),
        "targetFormat": f"application/vnd.inscope.{name}.v1+json",
        "sigFormat": ENVELOPE,
        "data": base64.b64encode(said).decode(),
    }


def _put(kind: str, place: str, resource: Json) -> Json:
    request = {"method": "PUT", "url": f"{kind}/{place}"}
    return {"fullUrl": f"urn:uuid:{place}", "resource": resource, "request": request}


def _create(kind: str, urn: str, resource: Json, key: str) -> Json:
    system = "urn:inscope:filing-statement" if kind == "DocumentReference" else "urn:inscope:consent-version"
    request = {"method": "POST", "url": kind, "ifNoneExist": f"identifier={system}|{key}"}
    return {"fullUrl": urn, "resource": resource, "request": request}


def _id(filed: Verified, name: str) -> str:
    return str(part_id(filed.statement, name))


def _urn(filed: Verified, name: str) -> str:
    return f"urn:uuid:{_id(filed, name)}"
