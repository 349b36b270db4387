"""Each code that is written, against the value set that its element is bound to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from inscope_protocol.statements import sign
from inscope_protocol.types import Scope, convert
from inscope_server.fhir import audit_event, bundle
from inscope_server.fhir.codes import BASE, Json, Release
from protocol.cases import AUTHORITY, CONSENT, INTERN, PHONE, filled, on, scope

from . import value_sets as vs
from .strategies import RELATIONS

BOUND: dict[Release, dict[str, list[dict[str, dict[str, str]]]]] = {
    "R4": {
        "Consent.scope": [vs.CONSENT_SCOPE],
        "Consent.category": [vs.CONSENT_CATEGORY],
        "Consent.provision.actor.role": [vs.ACTOR_ROLE_R4],
        "Consent.provision.purpose": [vs.PURPOSE_OF_USE],
        "Consent.contained.relationship": [vs.RELATIONSHIP],
        "Provenance.activity": [vs.ACTIVITY_R4],
        "Provenance.agent.type": [vs.ROLE_R5],
        "Provenance.signature.type": [vs.SIGNATURE],
        "AuditEvent.type": [vs.EVENT],
        "AuditEvent.subtype": [vs.DECISION],
        "AuditEvent.agent.type": [vs.AGENT_R4],
        "AuditEvent.entity.type": [vs.ENTITY],
        "AuditEvent.entity.role": [vs.OBJECT_ROLE],
    },
    "R5": {
        "Consent.category": [vs.CONSENT_CATEGORY],
        "Consent.provision.actor.role": [vs.ROLE_R5],
        "Consent.provision.purpose": [vs.PURPOSE_OF_USE],
        "Consent.contained.relationship": [vs.RELATIONSHIP],
        "Provenance.activity": [vs.ACTIVITY_R4],
        "Provenance.agent.type": [vs.ROLE_R5],
        "Provenance.signature.type": [vs.SIGNATURE],
        "AuditEvent.category": [vs.EVENT],
        "AuditEvent.code": [vs.DECISION],
        "AuditEvent.outcome.code": [vs.OUTCOME_R5],
        "AuditEvent.agent.type": [vs.ROLE_R5],
        "AuditEvent.entity.role": [vs.OBJECT_ROLE],
    },
}
OURS = {"AuditEvent.outcome.detail"}
TRANSLATED = {("Consent.provision.actor.role", "IRCP")}
"""A further coding of a concept whose first one is in the value set."""


def scopes() -> list[Scope]:
    bases = [
        {**scope(purposes=["direct-care-advice", "teaching", "research"]), **on(basis)}
        for basis in ("patient", "guardian", "substitute-decision-maker", "emergency")
    ]
    represented = []
    for relation in RELATIONS:
        answered = on("guardian")
        answered["taken"]["representative"] = {"relation": relation, "authority": "court-order"}
        represented.append(scope(**answered))
    by_patient = scope(version=2, previous=scope()["record_commitment"],
                       recorded_by={"kind": "patient", "authority": AUTHORITY})  # fmt: skip
    return [convert(each, Scope) for each in [*bases, *represented, by_patient]]


def entry(event: str, **changes: Any) -> Json:
    said = {
        "seq": 1, "at": 1_700_000_000_000, "event": event, "outcome": "permit", "person": INTERN, "device": PHONE,
        "thread": None, "disclosure": None, "consent": CONSENT, "version": 1, "image": None, "reasons": [],
    }  # fmt: skip
    return said | changes


def resources(release: Release) -> Iterator[Json]:
    entries = [entry(event) for event in audit_event.DISPLAYS]
    entries += [entry("ask", outcome="deny", reasons=[{"code": "social_thread", "who": None, "remedy": "x"}])]
    entries += [entry("close", outcome="destroyed", person=None, device=None)]
    for of in scopes():
        version = bundle.Version(of, sign("consent", of, PHONE, filled(1)))
        written = bundle.write([version], entries, release, "https://inscope.example")
        yield from (each["resource"] for each in written["entry"])


def codings(value: Any, path: str) -> Iterator[tuple[str, Json]]:
    if isinstance(value, list):
        for each in value:
            yield from codings(each, path)
    elif isinstance(value, dict) and "code" in value and "system" in value:
        yield path.removesuffix(".coding"), value
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in ("extension", "modifierExtension"):
                yield from codings(each, f"{path}.{name}")


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_every_code_is_in_the_value_set_of_its_element(release: Release) -> None:
    seen = set()
    for resource in resources(release):
        for path, coding in codings(resource, resource["resourceType"]):
            if coding["system"].startswith(BASE):
                assert path in OURS | set(BOUND[release]), path
                continue
            if (path, coding["code"]) in TRANSLATED and release == "R5":
                continue
            held = {system: codes for value_set in BOUND[release][path] for system, codes in value_set.items()}
            display = held[coding["system"]][coding["code"]]
            assert coding.get("display", display) == display
            seen.add(path)
    assert seen == set(BOUND[release])


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_nobody_is_named(release: Release) -> None:
    """No name, no display of a person: identifiers without meaning only."""
    for resource in resources(release):
        for name in ("name", "display", "telecom", "birthDate"):
            assert not any(name in reference for reference in references(resource)), resource


def references(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        if "identifier" in value or "reference" in value:
            yield value
        for each in value.values():
            yield from references(each)
