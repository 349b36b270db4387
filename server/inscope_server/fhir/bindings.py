"""The required bindings of the elements that are written: fhir.resources checks shapes, not codes.

From the StructureDefinitions of FHIR 4.0.1 and 5.0.0, binding strength `required`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .codes import Json, Release

PERMIT_OR_DENY = frozenset({"deny", "permit"})
DOCUMENTS = frozenset({"current", "superseded", "entered-in-error"})
ACTIONS = frozenset({"C", "R", "U", "D", "E"})
BUNDLES = frozenset({
    "document", "message", "transaction", "transaction-response", "batch", "batch-response", "history", "searchset",
    "collection",
})  # fmt: skip

REQUIRED: dict[Release, dict[str, frozenset[str]]] = {
    "R4": {
        "DocumentReference.status": DOCUMENTS,
        "Consent.status": frozenset({"draft", "proposed", "active", "rejected", "inactive", "entered-in-error"}),
        "Consent.provision.type": PERMIT_OR_DENY,
        "Provenance.entity.role": frozenset({"derivation", "revision", "quotation", "source", "removal"}),
        "AuditEvent.action": ACTIONS,
        "AuditEvent.outcome": frozenset({"0", "4", "8", "12"}),
        "Bundle.type": BUNDLES,
    },
    "R5": {
        "DocumentReference.status": DOCUMENTS,
        "Consent.status": frozenset({"draft", "active", "inactive", "not-done", "entered-in-error", "unknown"}),
        "Consent.decision": PERMIT_OR_DENY,
        "Provenance.entity.role": frozenset({"revision", "quotation", "source", "instantiates", "removal"}),
        "AuditEvent.action": ACTIONS,
        "Bundle.type": BUNDLES | {"subscription-notification"},
    },
}
"""Signature.targetFormat and .sigFormat are bound to all media types (BCP 13), which is no list."""


def unbound(resource: Json, release: Release) -> list[str]:
    """Paths of elements whose code is not in the value set that they are bound to."""
    required, name = REQUIRED[release], str(resource.get("resourceType"))
    paths = [path for path in required if path.startswith(f"{name}.")]
    return [path for path in paths for code in _at(resource, path.split(".")[1:]) if code not in required[path]]


def _at(value: Any, steps: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _at(value[steps[0]], steps[1:])
