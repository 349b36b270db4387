"""How one shared case is written (protocol/vectors/README.md), and the fixed people and things the cases are about."""

from typing import Any

from nacl.signing import SigningKey

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.identifiers import Prefix, make_identifier

Case = dict[str, Any]
_UNSET = object()


def case(name: str, layer: str, spec: str, call: str, given: Any, ok: Any = _UNSET, fail: str | None = None) -> Case:
    expect = {"ok": ok} if fail is None else {"fail": fail}
    assert ("ok" in expect and ok is not _UNSET) != (fail is not None), name
    return {"name": name, "layer": layer, "spec": spec, "call": call, "input": given, "expect": expect}


def ident(prefix: Prefix, number: int) -> str:
    return make_identifier(prefix, number.to_bytes(16, "big"))


def b64(data: bytes) -> str:
    return encode_base64url(data)


def filled(number: int, length: int = 32) -> bytes:
    """Fixed bytes that stand for a hash, a secret or a half."""
    return bytes([number]) * length


def signing_key(number: int) -> str:
    """The Ed25519 public key of the seed `filled(number)`, as statements spell it."""
    return b64(bytes(SigningKey(filled(number)).verify_key))


HOSPITAL, CLINIC = ident("org", 1), ident("org", 2)
INTERN, SPECIALIST, FRIEND = ident("per", 1), ident("per", 2), ident("per", 3)
PHONE, LAPTOP = ident("dev", 1), ident("dev", 2)
RADIOLOGY, ON_CALL = ident("tea", 1), ident("tea", 2)
CASE_THREAD, SOCIAL_THREAD = ident("thr", 1), ident("thr", 2)
PATIENT, OTHER_PATIENT = ident("sub", 1), ident("sub", 2)
CONSENT, IMAGE, MESSAGE = ident("con", 1), ident("img", 1), ident("msg", 1)
LOG = ident("log", 1)
GATEWAY, FILING = ident("gat", 1), ident("fil", 1)
DISCLOSURE, ORIGIN, BLOB = ident("dis", 1), ident("dis", 2), ident("blb", 1)

NOW = 1_700_000_000_000
HOUR = 3_600_000
PURPOSES = ["direct-care-advice", "teaching", "research"]
SHEET = {"sheet": "images", "version": 2, "language": "en-AU", "text": b64(filled(8))}
PARENT = {"relation": "parent", "authority": "parental-responsibility"}
AUTHORITY = ident("aut", 1)


def attestation(person: str = SPECIALIST, **changes: Any) -> dict[str, Any]:
    return {
        "organisation": CLINIC,
        "person": person,
        "display_name": "Dr Ines Ö",
        "identity_key": signing_key(7),
        "roles": ["radiologist"],
        "teams": [RADIOLOGY],
        "registration": {"authority": "Medical Board", "number": "MED0001234"},
        "serial": 3,
        "valid_from": NOW - HOUR,
        "valid_until": NOW + HOUR,
    } | changes


def taken(**changes: Any) -> dict[str, Any]:
    return {
        "how": "verbal",
        "witness": None,
        "interpreter": None,
        "sheet": None,
        "representative": None,
        "assent": None,
        "reason": None,
        "answer": None,
    } | changes


def policy(**changes: Any) -> dict[str, Any]:
    """A profile that demands nothing beyond S5.4's own rows."""
    everybody = [
        "patient",
        "young-person",
        "guardian",
        "substitute-decision-maker",
        "expected-in-direct-care",
        "emergency",
    ]
    return {
        "profile": "base",
        "version": 1,
        "name": "Base",
        "bases": [{"purpose": purpose, "bases": everybody} for purpose in PURPOSES],
        "longest_days": [{"purpose": purpose, "days": 3650} for purpose in PURPOSES],
        "emergency_hours": 24,
        "demands": [],
        "sources": [],
    } | changes


def on(basis: str) -> dict[str, Any]:
    """The fields of a scope on this basis, with what it cannot do without."""
    represented, emergency = basis in ("guardian", "substitute-decision-maker"), basis == "emergency"
    answering = PARENT if represented else None
    return {"basis": basis, "taken": taken(representative=answering, reason="unconscious" if emergency else None)}


def scope(**changes: Any) -> dict[str, Any]:
    return {
        "consent": CONSENT,
        "version": 1,
        "previous": None,
        "subject": PATIENT,
        "decision": "given",
        "basis": "patient",
        "taken": taken(witness=SPECIALIST, sheet=SHEET),
        "purposes": ["direct-care-advice"],
        "recipients": [
            {"kind": "person", "person": INTERN},
            {"kind": "role", "organisation": CLINIC, "role": "radiologist"},
        ],
        "conditions": {
            "deidentified_only": False,
            "no_onward_sharing": False,
            "image_kinds": ["radiograph"],
            "sensitive": [],
        },
        "valid_from": NOW - HOUR,
        "valid_until": NOW + HOUR,
        "policy": {"profile": "base", "version": 1},
        "recorded_by": {"kind": "clinician", "person": INTERN, "device": PHONE},
        "recorded_at": NOW - HOUR,
        "record_commitment": b64(filled(9)),
    } | changes


def payloads() -> dict[str, dict[str, Any]]:
    """One good payload for each name, keys in the order of S3.5."""
    return {
        "attestation": attestation(),
        "organisations": {
            "organisation": HOSPITAL,
            "serial": 1,
            "issued_at": NOW,
            "organisations": [
                {
                    "organisation": HOSPITAL,
                    "name": "Hospital",
                    "key": signing_key(1),
                    "teams": [],
                    "roles": [{"role": "intern", "name": "Intern"}],
                },
                {
                    "organisation": CLINIC,
                    "name": "Clinic",
                    "key": signing_key(2),
                    "teams": [{"team": RADIOLOGY, "name": "Radiology"}],
                    "roles": [],
                },
            ],
        },
        "invitation": {
            "organisation": HOSPITAL,
            "person": INTERN,
            "display_name": "Ada",
            "token_hash": b64(filled(3)),
            "valid_until": NOW + HOUR,
        },
        "device": {
            "device": PHONE,
            "person": INTERN,
            "device_key": signing_key(4),
            "identity_key": signing_key(5),
            "created_at": NOW,
            "valid_until": NOW + HOUR,
            "label": "phone \u2028 \u007f 📱",
        },
        "consent": scope(),
        "disclosure": disclosure(),
        "content": content({"kind": "text", "text": 'A "quoted"\\\n\t\u0001 line'}),
        "request": {"organisation": HOSPITAL, "ask": "pending-enrolments", "at": NOW, "nonce": b64(filled(6, 16))},
        "consent-status": consent_status(),
        "answer": answer(),
        "sign-in": {"device": PHONE, "origin": "https://inscope.example", "nonce": b64(filled(6)), "at": NOW},
        "tree-head": {"log": LOG, "size": 7, "root": b64(filled(15)), "at": NOW},
        "gateway": gateway(),
        "gateway-request": gateway_request(),
        "filing": filing(),
        "filing-receipt": filing_receipt(),
    }


def gateway(**changes: Any) -> dict[str, Any]:
    return {
        "organisation": HOSPITAL,
        "gateway": GATEWAY,
        "name": "Medical records",
        "signing_key": signing_key(16),
        "sealing_key": b64(filled(17)),
        "serial": 1,
        "valid_from": NOW - HOUR,
        "valid_until": NOW + HOUR,
    } | changes


def gateway_request(**changes: Any) -> dict[str, Any]:
    return {
        "gateway": GATEWAY,
        "origin": "https://inscope.example",
        "ask": "package",
        "filing": FILING,
        "nonce": b64(filled(6, 16)),
        "at": NOW,
    } | changes


def filing(**changes: Any) -> dict[str, Any]:
    return {
        "filing": FILING,
        "organisation": HOSPITAL,
        "gateway": GATEWAY,
        "thread": CASE_THREAD,
        "disclosure": DISCLOSURE,
        "disclosed": b64(filled(14)),
        "consent": CONSENT,
        "version": 1,
        "package_hash": b64(filled(18)),
        "package_size": 65_584,
        "person": INTERN,
        "device": PHONE,
        "at": NOW,
    } | changes


def filing_receipt(**changes: Any) -> dict[str, Any]:
    return {
        "filing": FILING,
        "statement": b64(filled(19)),
        "organisation": HOSPITAL,
        "gateway": GATEWAY,
        "disclosure": DISCLOSURE,
        "outcome": "filed",
        "target": "fhir",
        "location": b64(filled(20)),
        "code": None,
        "at": NOW,
    } | changes


def consent_status(**changes: Any) -> dict[str, Any]:
    return {
        "authority": AUTHORITY,
        "nonce": b64(filled(6, 16)),
        "at": NOW,
        "valid_until": NOW + 300_000,
        "consents": [{"consent": CONSENT, "version": 2, "hash": b64(filled(15))}],
    } | changes


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "authority": AUTHORITY,
        "request": ident("req", 1),
        "consent": CONSENT,
        "previous": None,
        "decision": "given",
        "purposes": ["direct-care-advice"],
        "recipients": [{"kind": "person", "person": INTERN}],
        "conditions": scope()["conditions"],
        "valid_until": NOW + HOUR,
        "sheet": SHEET,
        "at": NOW,
    } | changes


def disclosure(**changes: Any) -> dict[str, Any]:
    return {
        "disclosure": DISCLOSURE,
        "message": MESSAGE,
        "thread": CASE_THREAD,
        "epoch": 4,
        "purpose": "direct-care-advice",
        "image": {"image": IMAGE, "subject": PATIENT, "kind": "radiograph", "deidentified": True, "sensitive": []},
        "blob": BLOB,
        "blob_hash": b64(filled(10)),
        "sealed_size": 65577,
        "key_commitment": b64(filled(11)),
        "plaintext_commitment": b64(filled(12)),
        "consent": CONSENT,
        "version": 1,
        "origin": None,
        "preview_of": None,
        "person": INTERN,
        "device": PHONE,
        "at": NOW,
    } | changes


def content(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "message": MESSAGE,
        "thread": CASE_THREAD,
        "epoch": 4,
        "device": PHONE,
        "person": INTERN,
        "at": NOW,
        "log_head": {"size": 7, "root": b64(filled(15))},
        "body": body,
    }


def manifest(**changes: Any) -> dict[str, Any]:
    return {
        "disclosure": DISCLOSURE,
        "blob": BLOB,
        "client_half": b64(filled(13)),
        "size": 40_000,
        "media_type": "image/jpeg",
        "width": 1024,
        "height": 768,
        "statement_hash": b64(filled(14)),
        "taken_at": NOW,
        "body_site": "left wrist",
        "laterality": "left",
        "pixel_spacing": {"row": 139_000, "column": 138_889},
    } | changes
