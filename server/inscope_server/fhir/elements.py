"""The elements of Consent that R4 and R5 share, from a scope and back. Scopes are plain data here, as in their JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from inscope_protocol.failures import ProtocolError
from inscope_protocol.types import Scope, convert

from . import extensions as ext
from . import times
from .codes import (
    ACT_CODE,
    ACT_REASON,
    BASE,
    DISCLOSURE,
    DOCUMENT,
    LOINC,
    PURPOSES,
    RELATION,
    RELATIONS,
    ROLE_CODE,
    Json,
    Release,
    coding,
    concept,
    recipient_role,
)
from .references import identifier, of_recipient, reference, refers_to, to_recipient

REPRESENTATIVE = "representative"
ANSWERED_BY_PATIENT = ("patient", "young-person")
MEANT = {code: purpose for purpose, code in PURPOSES.items()}


def plain(scope: Scope) -> Json:
    data: Json = msgspec.json.decode(msgspec.json.encode(scope))
    return data


def permits(scope: Json) -> bool:
    """Whether anybody may do anything. FHIR reads an empty list as everybody; InScope as nobody (S5.1)."""
    named = scope["recipients"] and scope["purposes"] and scope["conditions"]["image_kinds"]
    return scope["decision"] == "given" and scope["taken"]["assent"] != "refused" and bool(named)


def status(scope: Json, superseded: bool) -> str:
    """A refusal is active: it is to be followed. A newer version or a withdrawal ends a version."""
    return "inactive" if superseded or scope["decision"] == "withdrawn" else "active"


def base(scope: Json, superseded: bool) -> Json:
    """What has the same name and shape in both releases."""
    by_representative = scope["taken"]["representative"] is not None
    return {
        "resourceType": "Consent",
        **({"contained": [related_person(scope)]} if by_representative else {}),
        "extension": [ext.version(scope), *ext.taken(scope), *([] if permits(scope) else [asked_for(scope)])],
        "identifier": [identifier("consent", scope["consent"])],
        "status": status(scope, superseded),
        "category": [concept(coding(LOINC, DOCUMENT)), concept(coding(ACT_CODE, DISCLOSURE, "information disclosure"))],
    }


def permitted(scope: Json, release: Release) -> Json:
    """A provision that permits: until when, to whom, what for, and under which conditions."""
    return {
        "modifierExtension": [ext.conditions(scope)],
        "period": times.period(scope["valid_from"], scope["valid_until"]),
        "actor": [{"role": recipient_role(release), "reference": of_recipient(entry)} for entry in scope["recipients"]],
        "purpose": [coding(ACT_REASON, PURPOSES[purpose]) for purpose in scope["purposes"]],
    }


def asked_for(scope: Json) -> Json:
    """The same where nothing is permitted: what was refused, withdrawn or covers nobody."""
    return ext.group(ext.ASKED, [
        *[ext.leaf("recipient", "Reference", of_recipient(entry)) for entry in scope["recipients"]],
        *[ext.leaf("purpose", "Coding", coding(ACT_REASON, PURPOSES[purpose])) for purpose in scope["purposes"]],
        ext.conditions(scope),
    ])  # fmt: skip


def related_person(scope: Json) -> Json:
    """Who answers for the patient: what they are to the patient and by what right, never their name."""
    representative = scope["taken"]["representative"]
    known = RELATIONS.get(representative["relation"])
    standard = [] if known is None else [coding(ROLE_CODE, known)]
    return {
        "resourceType": "RelatedPerson",
        "id": REPRESENTATIVE,
        "extension": [ext.leaf(ext.AUTHORITY, "Code", representative["authority"])],
        "patient": reference("subject", scope["subject"]),
        "relationship": [concept(coding(RELATION, representative["relation"]), *standard)],
    }


def answered_by(scope: Json) -> list[Json]:
    """Who agreed or refused; nobody was asked where care is expected or cannot wait."""
    if scope["taken"]["representative"] is not None:
        return [{"reference": f"#{REPRESENTATIVE}"}]
    return [reference("subject", scope["subject"])] if scope["basis"] in ANSWERED_BY_PATIENT else []


def policy_url(scope: Json) -> str:
    return f"{BASE}policy/{scope['policy']['profile']}/{scope['policy']['version']}"


def is_ours(resource: Json) -> bool:
    """Whether it says to be one of InScope's own: then it is read whole or not at all."""
    extensions = resource.get("extension")
    return isinstance(extensions, list) and any(
        isinstance(each, dict) and each.get("url") == ext.VERSION for each in extensions
    )


def to_scope(resource: Json, subject: Any, rule: Json | None, policy: Any) -> Scope:
    """The scope that an InScope export carries. Raises Unlike or one of `AMISS` for anything else."""
    extensions = resource["extension"]
    basis, taken = ext.to_taken(extensions)
    profile, _, version = policy.removeprefix(f"{BASE}policy/").partition("/")
    return convert(
        {
            "consent": refers_to("consent", {"identifier": resource["identifier"][0]}),
            "subject": refers_to("subject", subject),
            "basis": basis,
            "taken": {**taken, "representative": _representative(resource)},
            "policy": {"profile": profile, "version": ext.number(version)},
            **ext.to_version(ext.one(extensions, ext.VERSION, "Group")),
            **(_asked(extensions) if rule is None else _ruled(rule)),
        },
        Scope,
    )


AMISS = (ext.Unlike, ProtocolError, LookupError, TypeError, ValueError, AttributeError)


def _ruled(rule: Json) -> Json:
    return {
        "recipients": [to_recipient(actor["reference"]) for actor in rule["actor"]],
        "purposes": [MEANT[purpose["code"]] for purpose in rule["purpose"]],
        "conditions": ext.to_conditions(ext.one(rule["modifierExtension"], ext.CONDITIONS, "Group")),
    }


def _asked(extensions: Any) -> Json:
    parts = ext.one(extensions, ext.ASKED, "Group")
    return {
        "recipients": [to_recipient(each) for each in ext.many(parts, "recipient", "Reference")],
        "purposes": [MEANT[each["code"]] for each in ext.many(parts, "purpose", "Coding")],
        "conditions": ext.to_conditions(ext.one(parts, ext.CONDITIONS, "Group")),
    }


def _representative(resource: Json) -> Json | None:
    if "contained" not in resource:
        return None
    (person,) = resource["contained"]
    return {
        "relation": person["relationship"][0]["coding"][0]["code"],
        "authority": ext.one(person["extension"], ext.AUTHORITY, "Code"),
    }
