"""What the FHIR edge answers over HTTP (API.md, "FHIR")."""

from __future__ import annotations

from typing import Any

from ..web.described import Media, Told
from .codes import Release

BUNDLE = Media(("application/fhir+json",))
RESOURCE = Media(("application/fhir+json", "application/json"))


class NotUnderstood(Told, frozen=True):
    code: str
    path: str


class Draft(Told, frozen=True):
    """`draft`: the fields of a scope (S5.1), null where nothing was understood."""

    draft: dict[str, Any]
    not_understood: list[NotUnderstood]
    release: Release
