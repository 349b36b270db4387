"""AuditEvent: an entry of the log as an authorization decision by consent (IHE BALP, IHE.BasicAudit.AuthZconsent)."""

from __future__ import annotations

from . import times
from .codes import (
    AUTHORIZATION,
    DICOM,
    ENTITY_TYPE,
    ISSUE_SEVERITY,
    LOG_EVENT,
    OBJECT_ROLE,
    PARTICIPATION_TYPE,
    REASON,
    RESOURCE_TYPES,
    SECURITY_ROLE,
    Json,
    Release,
    coding,
    concept,
)  # fmt: skip
from .references import reference

DISPLAYS = {
    "ask": "An image is to be shared",
    "attach": "An image is shared",
    "open": "An image is opened",
    "add": "People are to be added",
    "close": "Sharing an image changes or ends",
}
"""Log entries that are written out; each is a decision on one consent."""

ALERT = coding(DICOM, "110113", "Security Alert")
BY_CONSENT = coding(AUTHORIZATION, "AuthZ-Consent", "Authorization Decision using Roles and Consent")
APPLICATION = coding(DICOM, "110150", "Application")
SERVER = coding(SECURITY_ROLE, "authserver", "authorization server")
OPENS = coding(PARTICIPATION_TYPE, "IRCP", "information recipient")
SHARES = coding(SECURITY_ROLE, "humanuser", "human user")
PERSON, THING = coding(ENTITY_TYPE, "1", "Person"), coding(ENTITY_TYPE, "2", "System Object")
PATIENT = coding(OBJECT_ROLE, "1", "Patient")
RESOURCE = coding(OBJECT_ROLE, "4", "Domain Resource")
CONSENT = coding(RESOURCE_TYPES, "Consent", "Consent")


def write(entry: Json, subject: str, consent: Json, origin: str, release: Release) -> Json:
    """`entry`: as the log hashed it; `consent`: a Reference to the version that it cites; `origin`: this server's."""
    event = coding(LOG_EVENT, entry["event"], DISPLAYS[entry["event"]])
    server = {"type": "Device", "identifier": {"system": "urn:ietf:rfc:3986", "value": origin}}
    observed = {"observer": server}
    shared = {
        "resourceType": "AuditEvent",
        "action": "E",
        "recorded": times.instant(entry["at"]),
        "agent": _agents(entry, server, release),
        "source": observed,
        "entity": _entities(entry, subject, consent, release),
    }
    if release == "R4":
        return {**shared, "type": ALERT, "subtype": [BY_CONSENT, event], **_outcome_r4(entry)}
    return {
        **shared,
        "category": [concept(ALERT)],
        "code": concept(BY_CONSENT, event),
        "patient": reference("subject", subject),
        "outcome": _outcome_r5(entry),
    }


def _denied(entry: Json) -> bool:
    return bool(entry["outcome"] == "deny")


def _codes(entry: Json) -> list[str]:
    """What came of it, and the codes of S5.4's reasons."""
    return list(dict.fromkeys([entry["outcome"], *(reason["code"] for reason in entry["reasons"])]))


def _outcome_r4(entry: Json) -> Json:
    """`8`, as BALP has it where consent denies."""
    return {"outcome": "8" if _denied(entry) else "0", "outcomeDesc": " ".join(_codes(entry))}


def _outcome_r5(entry: Json) -> Json:
    denied = _denied(entry)
    code = coding(ISSUE_SEVERITY, "error" if denied else "success", "Error" if denied else "Operation Successful")
    return {"code": code, "detail": [concept(coding(REASON, each)) for each in _codes(entry)]}


def _agents(entry: Json, server: Json, release: Release) -> list[Json]:
    """Whoever asked, with their device, and the server that decided; the server alone when it decides again."""
    asked = entry["person"] is not None
    agents = [{"type": concept(SERVER), "who": server, "requestor": not asked}]
    if entry["device"] is not None:
        agents = [
            {"type": concept(APPLICATION), "who": reference("device", entry["device"]), "requestor": False},
            *agents,
        ]
    if asked:
        role = OPENS if entry["event"] == "open" and release == "R4" else SHARES
        agents = [{"type": concept(role), "who": reference("person", entry["person"]), "requestor": True}, *agents]
    return agents


def _entities(entry: Json, subject: str, consent: Json, release: Release) -> list[Json]:
    told = [
        _entity(reference("subject", subject), PERSON, PATIENT, release),
        _entity(consent, CONSENT, RESOURCE, release),
    ]
    for name in ("disclosure", "image", "thread"):
        if entry[name] is not None:
            what = {"identifier": {"system": f"urn:inscope:{name}", "value": entry[name]}}
            told.append(_entity(what, THING, None, release))
    return told


def _entity(what: Json, kind: Json, role: Json | None, release: Release) -> Json:
    if release == "R4":
        return {"what": what, "type": kind, **({} if role is None else {"role": role})}
    return {"what": what, **({} if role is None else {"role": concept(role)})}
