"""Logical references: InScope's identifiers as FHIR identifiers, with no resource and no name behind them."""

from __future__ import annotations

from typing import Any

from .codes import Json

KINDS = {
    "subject": "Patient",
    "person": "Practitioner",
    "team": "CareTeam",
    "organisation": "Organization",
    "record": "Organization",
    "role": "PractitionerRole",
    "group": "Group",
    "device": "Device",
    "authority": "Device",
}
"""The word after `urn:inscope:`, and the type of what is referred to. `group`: whoever is in exactly that thread;
`record`: the medical record that an organisation keeps."""


FIELDS = {"group": "thread", "record": "organisation"}
"""Of a recipient whose identifier does not stand under the name of its kind."""


def system(kind: str) -> str:
    return f"urn:inscope:{kind}"


def identifier(kind: str, value: str) -> Json:
    return {"system": system(kind), "value": value}


def reference(kind: str, value: str) -> Json:
    """Reference.type and Reference.identifier."""
    return {"type": KINDS[kind], "identifier": identifier(kind, value)}


def refers_to(kind: str, value: Any) -> str | None:
    """The identifier's value where a Reference is of this kind, else None."""
    said = value.get("identifier") if isinstance(value, dict) else None
    if not isinstance(said, dict) or said.get("system") != system(kind):
        return None
    found = said.get("value")
    return found if isinstance(found, str) else None


def of_recipient(entry: Json) -> Json:
    """A scope's recipient (S5.1). A team or a role is one of an organisation: `org_…/tea_…`, `org_…/role`."""
    kind = entry["kind"]
    if kind in ("team", "role"):
        return reference(kind, f"{entry['organisation']}/{entry[kind]}")
    field: Any = FIELDS.get(kind, kind)
    return reference(kind, entry[field])


def to_recipient(value: Any) -> Json | None:
    """The recipient that a Reference names, its identifiers not checked yet; None for what is not InScope's."""
    for kind in ("person", "organisation"):
        if found := refers_to(kind, value):
            return {"kind": kind, kind: found}
    if found := refers_to("record", value):
        return {"kind": "record", "organisation": found}
    if found := refers_to("group", value):
        return {"kind": "group", "thread": found}
    for kind in ("team", "role"):
        organisation, slash, within = (refers_to(kind, value) or "").partition("/")
        if slash:
            return {"kind": kind, "organisation": organisation, kind: within}
    return None
