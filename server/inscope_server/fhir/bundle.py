"""One Bundle of a consent: every version, who recorded each, and what the log says of its disclosures."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inscope_protocol.encoding import encode_base64url
from inscope_protocol.statements import Envelope, statement_hash
from inscope_protocol.types import Scope

from . import audit_event, consent_r4, consent_r5, provenance
from .codes import OBSERVATION_VALUE, Json, Release, coding
from .references import identifier
from .validation import check_written


@dataclass(frozen=True)
class Version:
    scope: Scope
    envelope: Envelope


def write(
    versions: Sequence[Version], entries: Sequence[Json], release: Release, origin: str, *, whole: bool = True
) -> Json:
    """A collection, each resource checked. `whole`: false where `entries` are not all there are (tag SUBSETTED)."""
    places = [_urn("statement", encode_base64url(statement_hash(version.envelope))) for version in versions]
    resources = [*_versions(versions, places, release), *_log(versions, places, entries, release, origin)]
    for _, resource in resources:
        check_written(resource, release)
    partial = {} if whole else {"meta": {"tag": [coding(OBSERVATION_VALUE, "SUBSETTED", "subsetted")]}}
    held = [{"fullUrl": f"urn:uuid:{place}", "resource": _identified(resource, place)} for place, resource in resources]
    bundle = {"resourceType": "Bundle", **partial, "type": "collection", "entry": held}
    check_written({**bundle, "entry": []}, release)
    return bundle


def _versions(versions: Sequence[Version], places: list[str], release: Release) -> list[tuple[str, Json]]:
    consent: Any = consent_r4 if release == "R4" else consent_r5
    found = []
    for index, (version, place) in enumerate(zip(versions, places, strict=True)):
        superseded, before = index + 1 < len(versions), f"urn:uuid:{places[index - 1]}" if index else None
        target = f"urn:uuid:{place}"
        found.append((place, consent.write(version.scope, superseded=superseded)))
        said = provenance.write(version.scope, version.envelope, target, before, release)
        found.append((_urn("provenance", place), said))
    return found


def _log(
    versions: Sequence[Version], places: list[str], entries: Sequence[Json], release: Release, origin: str
) -> list[tuple[str, Json]]:
    by_number = {version.scope.version: place for version, place in zip(versions, places, strict=True)}
    subject, consent = versions[0].scope.subject, versions[0].scope.consent
    found = []
    for entry in entries:
        place = by_number.get(entry["version"])
        cited = {"identifier": identifier("consent", consent)} if place is None else {"reference": f"urn:uuid:{place}"}
        said = audit_event.write(entry, subject, {"type": "Consent", **cited}, origin, release)
        found.append((_urn(f"{origin} log", str(entry["seq"])), said))
    return found


def _urn(kind: str, name: str) -> str:
    """The same thing has the same UUID in every export."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:inscope:{kind}:{name}"))


def _identified(resource: Json, place: str) -> Json:
    return {"resourceType": resource["resourceType"], "id": place, **resource}
