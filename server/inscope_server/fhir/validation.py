"""Shapes by fhir.resources, imported when first asked for (a third of a second); required codes by our own table."""

from __future__ import annotations

import importlib
from typing import Any

from .bindings import unbound
from .codes import Json, Release

MODULES = {"R4": "fhir.resources.R4B", "R5": "fhir.resources"}
"""Consent, Provenance, AuditEvent and RelatedPerson are the same in R4B as in R4."""


def misshapen(resource: Json, release: Release) -> str | None:
    """The path of the first element that is not of its FHIR shape, or None."""
    from pydantic import ValidationError

    name = str(resource.get("resourceType"))
    try:
        _model(name, release).model_validate(resource)
    except ValidationError as error:
        return ".".join([name, *(str(step) for step in error.errors()[0]["loc"])])
    except Exception:
        return name  # On some shapes the library itself fails, such as a contained resource of no known type.
    return None


def check_written(resource: Json, release: Release) -> None:
    """Raises ValueError: what is written and is not FHIR is a fault of this package."""
    wrong = [path for path in (misshapen(resource, release), *unbound(resource, release)) if path]
    if wrong:
        raise ValueError(f"not FHIR {release}: {', '.join(wrong)}")


def _model(name: str, release: Release) -> Any:
    return getattr(importlib.import_module(f"{MODULES[release]}.{name.lower()}"), name)
